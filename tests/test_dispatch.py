"""Each submission's verdict counts once, whatever becomes of the workers; no Dask, no clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from autograder import messages
from autograder.cluster.admission import Wanted
from autograder.cluster.dispatch import PER_BATCH, Dispatch
from autograder.cluster.ledger import MOST_LOSSES, Ledger
from autograder.cluster.link import Heard, LinkLost
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import GraderFault
from autograder.judge.task import Task
from autograder.messages import Answer, Batch, Introduction, Question, Verdicts
from autograder.model import Judgement, Level, Status

WANTED = Wanted("1.0", "3.11.2", "2.6.0", "f" * 64)
SAME = Introduction("host-1", "1.0", "3.11.2", "2.6.0", "f" * 64, Level.FULL, 1)
PATIENCE = 30.0


def a_class(count: int) -> list[Task]:
    return [Task(Submission(f"s{number}", b"{}"), number) for number in range(count)]


def verdict(asked: Question, **other: object) -> Answer:
    """What a worker that is well answers."""
    judgement = Judgement(
        student=asked.student,
        lab=asked.lab,
        status=Status.GRADED,
        score=1.0,
        seed=asked.seed or 0,
        level=Level.FULL,
    )
    return Answer(replace(judgement, **other), number=asked.number)  # type: ignore[arg-type]


Work = Callable[[Batch], "Heard | bytes | None"]


def well(batch: Batch) -> bytes:
    return messages.encode(Verdicts([verdict(one) for one in batch.questions]))


def dead(_: Batch) -> None:
    """Never answers."""


@dataclass
class Cluster:
    """Workers that exist on paper, and a clock that goes when somebody waits.

    Attributes:
        workers: what each answers to a batch, and how it introduces itself.
        plan: what happens at which second.
    """

    workers: dict[str, tuple[Introduction, Work]] = field(default_factory=dict)
    plan: dict[int, Callable[[], None]] = field(default_factory=dict)
    now: float = 0.0
    lost: bool = False
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    answers: deque[Heard] = field(default_factory=deque)

    def add(self, name: str, work: Work = well, said: Introduction = SAME) -> None:
        self.workers[name] = (replace_name(said, name), work)

    def clock(self) -> float:
        return self.now

    def there(self) -> set[str]:
        return {f"tcp://{name}" for name in self.workers}

    # -- the face of a `Link` --

    def workers_(self) -> set[str]:
        if self.lost:
            raise LinkLost("gone")
        return self.there()

    def ask(self, worker: str, name: str, raw: bytes) -> str:
        key = f"k{len(self.asked)}"
        self.asked.append((worker, name, raw))
        said, work = self.workers[worker.removeprefix("tcp://")]
        if name == "introduce":
            self.answers.append(Heard(key, messages.encode(said)))
            return key
        answer = work(messages.decode(raw, Batch))
        if isinstance(answer, bytes):
            self.answers.append(Heard(key, answer))
        elif answer is not None:
            self.answers.append(replace(answer, key=key))
        return key

    def forget(self, key: str) -> None:
        self.forgotten.add(key)

    def heard(self, seconds: float) -> Iterator[Heard]:
        self.now += seconds
        for second in sorted(second for second in self.plan if second <= self.now):
            self.plan.pop(second)()
        while self.answers:
            one = self.answers.popleft()
            if one.key not in self.forgotten:
                yield one

    def again(self, patience: float) -> None:
        if self.lost:
            raise GraderFault(f"the scheduler has not answered for {patience:g} s")

    def judge(
        self, lab: Lab, tasks: Iterable[Task], wanted: Wanted = WANTED
    ) -> Iterator[Judgement]:
        way = Way(self)
        one = Dispatch(way, lab, wanted, self.told.append, patience=PATIENCE, clock=self.clock)
        return one.judge(tasks, diagnose=False)

    def batches(self, worker: str = "") -> list[list[str]]:
        return [
            [one.student for one in messages.decode(raw, Batch).questions]
            for address, name, raw in self.asked
            if name == "judge" and address.endswith(worker)
        ]


class Way:
    """A `Cluster` as `Dispatch` sees it."""

    def __init__(self, cluster: Cluster) -> None:
        self.workers = cluster.workers_
        self.ask, self.forget = cluster.ask, cluster.forget
        self.heard, self.again = cluster.heard, cluster.again


def replace_name(said: Introduction, name: str) -> Introduction:
    about = {field: getattr(said, field) for field in said.__struct_fields__}
    return Introduction(**about | {"name": name})


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def once_each(judged: Iterable[Judgement], count: int) -> list[Judgement]:
    """The judgements, each submission's exactly once."""
    found = list(judged)
    assert sorted(one.student for one in found) == sorted(f"s{n}" for n in range(count))
    return found


def test_a_class_is_shared(cluster: Cluster, relu_lab: Lab) -> None:
    """By batches, among all who are there, under the seeds that were drawn here."""
    cluster.add("a")
    cluster.add("b")

    judged = once_each(cluster.judge(relu_lab, a_class(30)), 30)

    assert {one.student: one.seed for one in judged} == {f"s{n}": n for n in range(30)}
    assert cluster.batches("a")
    assert cluster.batches("b")
    assert max(map(len, cluster.batches())) == PER_BATCH
    assert cluster.told == []


def test_submissions_are_read_as_they_are_sent(cluster: Cluster, relu_lab: Lab) -> None:
    """A large class is never in memory as a whole."""
    read = 0

    def tasks() -> Iterator[Task]:
        nonlocal read
        for task in a_class(1000):
            read += 1
            yield task

    cluster.add("a")
    judged = cluster.judge(relu_lab, tasks())
    next(judged)

    assert read <= 3 * PER_BATCH + 1


def test_a_dead_workers_submissions_go_to_others(cluster: Cluster, relu_lab: Lab) -> None:
    """One by one, since one of them may be to blame."""
    cluster.add("a", dead)

    def replaced() -> None:
        del cluster.workers["a"]
        cluster.add("b")

    cluster.plan[5] = replaced

    judged = once_each(cluster.judge(relu_lab, a_class(9)), 9)

    assert {one.status for one in judged} == {Status.GRADED}
    had = sum(map(len, cluster.batches("a")))
    assert had == 2 * PER_BATCH
    assert [len(one) for one in cluster.batches("b")].count(1) >= had
    assert any("a (tcp://a) is gone; its 8 submissions go to others" in one for one in cluster.told)


def test_a_worker_that_hangs_loses_what_it_has(cluster: Cluster, relu_lab: Lab) -> None:
    """It is there, and never answers."""
    cluster.add("a", dead)
    cluster.plan[5] = lambda: cluster.add("b")

    judged = once_each(cluster.judge(relu_lab, a_class(20)), 20)

    assert {one.status for one in judged} == {Status.GRADED}
    assert any("a (tcp://a) hangs" in one for one in cluster.told)


def test_a_submission_that_ends_its_workers_is_given_up(cluster: Cluster, relu_lab: Lab) -> None:
    """After a few, so that the others get their verdicts; it is a fault of ours and no zero."""

    def fails(batch: Batch) -> bytes | Heard:
        if any(one.student == "s2" for one in batch.questions):
            return Heard("", fault="KilledWorker")
        return well(batch)

    cluster.add("a", fails)
    judged = once_each(cluster.judge(relu_lab, a_class(6)), 6)

    (lost,) = (one for one in judged if one.status == Status.NOT_GRADED)
    assert lost.student == "s2"
    assert lost.seed == 2
    assert "the workers that had this submission failed" in (lost.reason or "")
    assert sum("s2" in batch for batch in cluster.batches()) == MOST_LOSSES
    assert any("gave 4 submissions back: KilledWorker" in one for one in cluster.told)


def test_what_comes_twice_counts_once(cluster: Cluster, relu_lab: Lab) -> None:
    """In one batch, or from a worker that had lost it."""

    def twice(batch: Batch) -> bytes:
        answers = [verdict(one) for one in batch.questions]
        return messages.encode(Verdicts([*answers, *answers]))

    cluster.add("a", twice)
    once_each(cluster.judge(relu_lab, a_class(9)), 9)


def test_a_late_verdict_counts_once() -> None:
    """It came while the submission had been given back to the ledger."""
    ledger = Ledger(a_class(1))
    ((number, _),) = ledger.take(1)
    ledger.lose([number])
    assert ledger.settle(number) is not None
    assert ledger.take(1) == []
    assert ledger.settle(number) is None
    assert ledger.finished


def test_what_was_left_out_is_asked_again(cluster: Cluster, relu_lab: Lab) -> None:
    """A batch that comes back with less than it held."""
    first = True

    def leaves_out(batch: Batch) -> bytes:
        nonlocal first
        answers = [verdict(one) for one in batch.questions[first:]]
        first = False
        return messages.encode(Verdicts(answers))

    cluster.add("a", leaves_out)
    once_each(cluster.judge(relu_lab, a_class(5)), 5)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"student": "eve"}, "it answered something else than was asked"),
        ({"seed": 4711}, "it answered something else than was asked"),
        ({"lab": "lab01"}, "it answered something else than was asked"),
        (
            {"level": Level.STRONG},
            "its sandbox's level is `strong`, and the course asks for `full`",
        ),
        ({"level": Level.NONE}, "it cannot confine student code"),
    ],
    ids=["student", "seed", "lab", "level", "none"],
)
def test_a_verdict_that_was_not_asked_for_is_none(
    cluster: Cluster, relu_lab: Lab, other: dict[str, object], said: str
) -> None:
    """Nor is one under a sandbox that has become weaker than it was."""

    def wrong(batch: Batch) -> bytes:
        return messages.encode(Verdicts([verdict(one, **other) for one in batch.questions]))

    cluster.add("a", wrong)
    judged = once_each(cluster.judge(relu_lab, a_class(2), replace(WANTED, least=Level.FULL)), 2)
    assert {one.status for one in judged} == {Status.NOT_GRADED}
    assert any(said in one for one in cluster.told), cluster.told


@pytest.mark.parametrize("raw", [b"", b"{}", b"\x80\x04K\x01.", b'{"answers": [{"number": "x"}]}'])
def test_what_is_no_answer_is_refused(cluster: Cluster, relu_lab: Lab, raw: bytes) -> None:
    """The submissions go back, as if the worker had failed."""
    cluster.add("a", lambda _: raw)
    judged = once_each(cluster.judge(relu_lab, a_class(2)), 2)
    assert {one.status for one in judged} == {Status.NOT_GRADED}
    assert any("its answer cannot be read" in one for one in cluster.told)


def test_a_scheduler_that_comes_back_costs_nothing(cluster: Cluster, relu_lab: Lab) -> None:
    """All that was out is asked again, and none of it is blamed for it, however often."""
    cluster.add("a", dead)

    def vanish() -> None:
        cluster.lost = True
        raise LinkLost("the connection broke")

    def again(_: float) -> None:
        cluster.lost = False
        if not cluster.plan:
            cluster.add("a")

    cluster.again = again  # type: ignore[method-assign, assignment]
    cluster.plan = dict.fromkeys((3, 5, 7, 9, 11), vanish)
    judged = once_each(cluster.judge(relu_lab, a_class(2)), 2)

    assert {one.status for one in judged} == {Status.GRADED}
    assert cluster.told.count("the scheduler is back") == 5


def test_a_scheduler_that_stays_away_ends_the_run(cluster: Cluster, relu_lab: Lab) -> None:
    """What was judged is in the journal by then."""
    cluster.add("a")
    judged = cluster.judge(relu_lab, a_class(30))
    next(judged)
    cluster.lost = True
    with pytest.raises(GraderFault, match="the scheduler has not answered for 30 s"):
        list(judged)


# -- who may judge ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("version", "0.9", "it has autograd-labs 0.9, and 1.0 is here"),
        ("python", "3.12.1", "it has Python 3.12.1, and 3.11.2 is here"),
        ("torch", "2.7.0", "it has torch 2.7.0, and 2.6.0 is here"),
        ("fingerprint", "0" * 64, "fingerprint 000000000000, and ffffffffffff is here"),
        ("level", Level.STRONG, "level is `strong`, and the course asks for `full`"),
        ("level", Level.NONE, "it cannot confine student code"),
        ("fault", "it cannot judge `lab03`: no such lab", "no such lab"),
    ],
    ids=["version", "python", "torch", "fingerprint", "level", "none", "fault"],
)
def test_another_worker_is_refused_by_name(
    cluster: Cluster, relu_lab: Lab, field: str, value: object, said: str
) -> None:
    """And gets no submission, while one that is the same judges the class."""
    about = {name: getattr(SAME, name) for name in SAME.__struct_fields__}
    cluster.add("other", said=Introduction(**about | {field: value}))
    cluster.add("same")

    once_each(cluster.judge(relu_lab, a_class(9), replace(WANTED, least=Level.FULL)), 9)

    (told,) = cluster.told
    assert told.startswith("the worker other (tcp://other) is refused: ")
    assert said in told
    assert cluster.batches("other") == []


def test_one_without_a_sandbox_judges_where_that_was_asked_for(
    cluster: Cluster, relu_lab: Lab
) -> None:
    """`--i-trust-these-notebooks`: the level stands in each judgement."""

    def unconfined(batch: Batch) -> bytes:
        answers = [verdict(one, level=Level.NONE) for one in batch.questions]
        return messages.encode(Verdicts(answers))

    about = {name: getattr(SAME, name) for name in SAME.__struct_fields__}
    cluster.add("a", unconfined, Introduction(**about | {"level": Level.NONE}))
    judged = once_each(cluster.judge(relu_lab, a_class(3), replace(WANTED, trusted=True)), 3)
    assert {one.level for one in judged} == {Level.NONE}


def test_a_worker_that_is_none_of_ours_is_refused(cluster: Cluster, relu_lab: Lab) -> None:
    """Any worker of Dask's may be connected to the scheduler."""
    cluster.add("plain")
    ask = cluster.ask

    def refuses(worker: str, name: str, raw: bytes) -> str:
        key = ask(worker, name, raw)
        if worker == "tcp://plain":
            cluster.answers.pop()
            cluster.answers.append(Heard(key, fault="RuntimeError: not one of `autograder worker`"))
        return key

    cluster.ask = refuses  # type: ignore[method-assign]
    cluster.add("same")
    once_each(cluster.judge(relu_lab, a_class(3)), 3)
    assert cluster.told == [
        "the worker tcp://plain is refused: RuntimeError: not one of `autograder worker`"
    ]


def test_nobody_to_judge_ends_the_run(cluster: Cluster, relu_lab: Lab) -> None:
    """After some patience, with the reasons of those who were there."""
    about = {name: getattr(SAME, name) for name in SAME.__struct_fields__}
    cluster.add("old", said=Introduction(**about | {"version": "0.9"}))
    with pytest.raises(GraderFault, match=r"no worker can judge `lab03_custom_relu`.*30 s") as told:
        list(cluster.judge(relu_lab, a_class(3)))
    assert "old (tcp://old): it has autograd-labs 0.9" in str(told.value)
    assert PATIENCE < cluster.now < PATIENCE + 5


def test_a_worker_that_changes_is_asked_again_who_it_is(cluster: Cluster, relu_lab: Lab) -> None:
    """Its files were edited during the run: it is refused from then on."""
    cluster.add("a")

    def changed(batch: Batch) -> bytes:
        about = {name: getattr(SAME, name) for name in SAME.__struct_fields__}
        cluster.workers["a"] = (
            Introduction(**about | {"fingerprint": "0" * 64, "name": "a"}),
            changed,
        )
        cluster.add("b")
        faults = [Answer(fault="the lab has changed", number=one.number) for one in batch.questions]
        return messages.encode(Verdicts(faults))

    cluster.workers["a"] = (replace_name(SAME, "a"), changed)
    judged = once_each(cluster.judge(relu_lab, a_class(9)), 9)
    assert {one.status for one in judged} == {Status.GRADED}
    assert any("a (tcp://a) is refused: its lab, checks or grader" in one for one in cluster.told)
