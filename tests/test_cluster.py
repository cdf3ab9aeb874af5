"""A scheduler and workers as processes: the verdicts of this machine's own judges, each once.

A class of 60, of which 6 are hostile, on three workers, one of which is killed. Nothing listens on
anything but loopback.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hostile_class
import pytest
from courses import KEPT, LAB, ROOT, make_course
from test_faults import below

from autograder.course import answers, labs
from autograder.course.answers import filled

pytestmark = pytest.mark.slow
pytest.importorskip("distributed", reason="Dask is not installed: the extra `cluster`")

HOSTILE = (
    "exit_with_success",
    "kill_oneself",
    "loop_in_cell",
    "return_nan",
    "segmentation_fault",
    "system_exit_in_forward",
)
COUNT = 60
SECONDS = 900.0  # of patience with a busy machine


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a class of 60: right answers, catalogued mistakes, and every tenth hostile."""
    place = tmp_path_factory.mktemp("course")
    make_course(place, ["ada"])
    shutil.rmtree(place / "submitted")
    autograder(place, "build")
    lab = labs.load(place, LAB)
    texts = {name: (hostile_class.FOLDER / f"{name}.py").read_text() for name in HOSTILE}
    for number in range(COUNT):
        student = f"s{number:02}"
        if number % 10 == 7:
            raw = hostile_class.hand_in(lab, texts[HOSTILE[number // 10]] + hostile_class.TAIL)
        elif number % 3:
            raw = filled(lab, answers.reference(lab))
        else:
            path = place / "solutions" / LAB / "mistakes" / f"{KEPT[number % len(KEPT)]}.py"
            answer = answers.read_answer(path, list(lab.answers))
            raw = filled(lab, answers.complete(answer, answers.reference(lab)))
        folder = place / "submitted" / student / LAB
        folder.mkdir(parents=True)
        (folder / f"{LAB}.ipynb").write_bytes(raw)
    return place


def environment(package: Path = ROOT, **more: str) -> dict[str, str]:
    """A process's, in which the grader is the one that lies in `package`."""
    return os.environ | {
        "PYTHONPATH": str(package),
        "PYTHONWARNINGS": "ignore",
        "OMP_NUM_THREADS": "1",
        **more,
    }


def autograder(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a course."""
    return subprocess.run(
        [sys.executable, "-m", "autograder", *command],
        cwd=place,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@dataclass
class Running:
    """A process that was started, and what it has said."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_for(self, pattern: str, count: int = 1) -> str:
        """Wait until it has said something so often; the last time's match."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            said = self.log.read_text(errors="replace")
            found = re.findall(pattern, said)
            if len(found) >= count:
                return str(found[-1])
            assert self.process.poll() is None, said
            time.sleep(0.1)
        raise AssertionError(f"`{pattern}` was not said:\n{said}")

    def end(self, number: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout=60)


@dataclass
class Cluster:
    """A scheduler and its workers on loopback, and all processes that were ever below them."""

    folder: Path
    scheduler: Running | None = None
    workers: dict[str, Running] = field(default_factory=dict)
    address: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    def start(self, name: str, *command: str, place: Path, package: Path = ROOT) -> Running:
        log = self.folder / f"{name}.log"
        with open(log, "ab") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=place,
                env=environment(package, TMPDIR=str(self.folder / "tmp"), **self.settings),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        return Running(process, log)

    def start_scheduler(self) -> None:
        port = self.address.rpartition(":")[2] or "0"
        protocol = "tls" if any("TLS" in name for name in self.settings) else "tcp"
        self.scheduler = self.start(
            "scheduler",
            *("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port),
            *("--dashboard-address", "127.0.0.1:0", "--protocol", protocol),
            place=self.folder,
        )
        self.address = self.scheduler.wait_for(r"Scheduler at:\s+(t\w+://127\.0\.0\.1:\d+)")

    def add(self, name: str, place: Path, *options: str, package: Path = ROOT) -> Running:
        worker = self.start(
            *(name, "autograder", "worker", self.address, "--jobs", "1", *options),
            place=place,
            package=package,
        )
        self.workers[name] = worker
        return worker

    def ready(self) -> None:
        for worker in self.workers.values():
            worker.wait_for("waiting for work from")

    def close(self) -> None:
        for one in [*self.workers.values(), *([self.scheduler] if self.scheduler else [])]:
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.end()
            one.end(signal.SIGKILL)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers."""
    (tmp_path / "tmp").mkdir()
    made = Cluster(tmp_path)
    try:
        made.start_scheduler()
        yield made
    finally:
        made.close()


def grade(cluster: Cluster, place: Path, *options: str) -> Running:
    """The grading command, on the cluster."""
    return cluster.start(
        *("grade", "autograder", "grade", "--scheduler", cluster.address),
        *("--out", str(cluster.folder / "out"), *options),
        place=place,
    )


def verdicts(out: Path) -> dict[str, Any]:
    """All that is said of each submission, but for how long it took."""
    found = json.loads((out / LAB / "results.json").read_text())["submissions"]
    for one in found:
        one.pop("seconds")
        for check in one["checks"]:
            check.pop("seconds")
            # a limit is told with the seconds that it took
            check["message"] = re.sub(r"\d+(\.\d+)? s\b", "S", check["message"])
    by_student = {one["student"]: one for one in found}
    assert len(by_student) == len(found)
    return by_student


def journal(out: Path) -> list[str]:
    """Whose verdicts stand in the journal, in the order in which they came."""
    path = out / LAB / "journal.jsonl"
    lines = path.read_text().splitlines() if path.is_file() else []
    return [json.loads(line)["judgement"]["student"] for line in lines]


def all_below(cluster: Cluster) -> set[int]:
    return {
        pid
        for worker in cluster.workers.values()
        for pid in (worker.process.pid, *below(worker.process.pid))
    }


def until(holds: Callable[[], object]) -> bool:
    """Wait until something holds; whether it came to that."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_a_killed_worker_changes_no_verdict(course: Path, cluster: Cluster, tmp_path: Path) -> None:
    """All verdicts as from this machine's own judges, each once, and nothing left behind."""
    here = autograder(course, "grade", "--jobs", "2", "--out", str(tmp_path / "here"))
    assert here.returncode == 0, here.stderr
    for name in ("one", "two", "three"):
        cluster.add(name, course)
    cluster.ready()
    started = all_below(cluster)
    out = tmp_path / "out"

    run = grade(cluster, course)
    assert until(lambda: len(journal(out)) >= 5)
    started |= all_below(cluster)
    cluster.workers["two"].end(signal.SIGKILL)
    assert run.process.wait(timeout=SECONDS) == 0, run.log.read_text()
    said = run.log.read_text()
    started |= all_below(cluster)
    cluster.close()

    assert re.search(r"cluster: the worker \S+ \(tcp://\S+\) is gone; its \d+ submissions", said)
    assert re.search(r"cluster: Dask's dashboard: http://127\.0\.0\.1:\d+/status", said)
    assert len(verdicts(out)) == COUNT
    assert verdicts(out) == verdicts(tmp_path / "here")
    levels = {one["sandbox"] for one in verdicts(out).values()}
    assert levels == {cluster.workers["one"].wait_for(r"sandbox (\S+),")}
    assert until(lambda: not [pid for pid in started if Path(f"/proc/{pid}").exists()])
    left = {path.name for path in (tmp_path / "tmp").iterdir()} - {"dask-scratch-space"}
    # what a killed worker had is swept by the next grader that starts there
    assert len([name for name in left if name.startswith("autograder-")]) <= 2, left


def test_each_verdict_is_journaled_once(course: Path, cluster: Cluster, tmp_path: Path) -> None:
    """Also where the scheduler is lost: the run waits for it, the workers come back, and it goes
    on; what was judged before is not judged again.
    """
    cluster.add("one", course)
    cluster.add("two", course)
    cluster.ready()
    out = tmp_path / "out"
    run = grade(cluster, course, "--no-feedback")
    assert until(lambda: len(journal(out)) >= 10)
    lines: list[str] = []

    assert cluster.scheduler is not None
    cluster.scheduler.end(signal.SIGKILL)
    lines = journal(out)
    cluster.start_scheduler()
    assert until(lambda: run.process.poll() is not None or len(journal(out)) >= COUNT)

    assert run.process.wait(timeout=SECONDS) == 0, run.log.read_text()
    assert "cluster: the scheduler is back" in run.log.read_text()
    assert sorted(set(lines)) == sorted(lines)
    assert len(verdicts(out)) == COUNT


def test_a_run_goes_on_from_its_journal(course: Path, cluster: Cluster, tmp_path: Path) -> None:
    """A run that was killed with the scheduler is gone on with by the next one."""
    cluster.add("one", course)
    cluster.ready()
    out = tmp_path / "out"
    run = grade(cluster, course, "--no-feedback")
    assert until(lambda: len(journal(out)) >= 10)
    run.end(signal.SIGKILL)
    before = journal(out)

    again = grade(cluster, course, "--no-feedback")
    assert again.process.wait(timeout=SECONDS) == 0, again.log.read_text()

    assert sorted(set(before)) == sorted(before)
    assert len(verdicts(out)) == COUNT


def test_a_worker_that_is_silent_loses_what_it_has(course: Path, tmp_path: Path) -> None:
    """Its network is gone, or its machine hangs: others judge, and it comes back by itself."""
    (tmp_path / "tmp").mkdir()
    silence = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "4s"}
    cluster = Cluster(tmp_path, settings=silence)
    wanted = [f"s{number:02}" for number in range(COUNT) if number % 10 != 7][:24]
    try:
        cluster.start_scheduler()
        cluster.add("one", course)
        cluster.add("two", course)
        cluster.ready()
        chosen = [word for student in wanted for word in ("--student", student)]
        run = grade(cluster, course, "--no-feedback", *chosen)
        assert until(lambda: len(journal(tmp_path / "out")) >= 2)
        cluster.workers["one"].process.send_signal(signal.SIGSTOP)
        try:
            assert run.process.wait(timeout=SECONDS) == 0, run.log.read_text()
        finally:
            cluster.workers["one"].process.send_signal(signal.SIGCONT)
        cluster.workers["one"].wait_for("waiting for work from", 2)
    finally:
        cluster.close()
    assert "is gone; its" in run.log.read_text()
    found = verdicts(tmp_path / "out")
    assert sorted(found) == wanted
    assert {one["status"] for one in found.values()} == {"graded"}


def test_a_worker_that_dask_starts_can_judge(
    course: Path, cluster: Cluster, tmp_path: Path
) -> None:
    """With our preload, as `SSHCluster` and batch systems do it; without it, it is refused."""
    plain = ("distributed.cli.dask_worker", cluster.address, "--nthreads", "2", "--host")
    where = ("127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--memory-limit", "0")
    cluster.workers["plain"] = cluster.start("plain", *plain, *where, place=course)
    cluster.workers["plain"].wait_for("Registered to")
    run = grade(cluster, course, "--student", "s01", "--no-feedback", "--wait", "5")
    assert run.process.wait(timeout=SECONDS) == 1
    assert "but not one that `autograder worker` started" in run.log.read_text()

    preload = ("--preload", "autograder.cluster.preload")
    cluster.workers["ours"] = cluster.start("ours", *plain, *where, *preload, place=course)
    run = grade(cluster, course, "--student", "s01", "--no-feedback")
    assert run.process.wait(timeout=SECONDS) == 0, run.log.read_text()
    assert verdicts(tmp_path / "out")["s01"]["score"] == 20.0
    started = all_below(cluster)
    cluster.close()
    assert until(lambda: not [pid for pid in started if Path(f"/proc/{pid}").exists()])


# -- positive controls: who may not judge ----------------------------------------------------------


def changed_package(folder: Path) -> Path:
    """Another version of the grader."""
    shutil.copytree(
        ROOT / "autograder", folder / "autograder", ignore=shutil.ignore_patterns("__pycache__")
    )
    init = folder / "autograder" / "__init__.py"
    text = init.read_text()
    assert "__version__ = " in text
    init.write_text(re.sub(r'__version__ = ".*"', '__version__ = "9.9.9"', text))
    return folder


def test_workers_that_judge_otherwise_are_refused_by_name(
    course: Path, cluster: Cluster, tmp_path: Path
) -> None:
    """Another version, another lab, a lower level: each is named with its reason, none judges."""
    other = tmp_path / "other-course"
    shutil.copytree(course, other)
    mistake = other / "solutions" / LAB / "mistakes" / f"{KEPT[0]}.py"
    mistake.write_text(mistake.read_text() + "\n# edited here\n")
    config = course / "nbgrader_config.py"
    kept = config.read_text()
    version = cluster.add("version", course, package=changed_package(tmp_path / "package"))
    lab = cluster.add("lab", other)
    level = cluster.add("level", course, "--mask", "landlock")
    cluster.ready()
    assert "sandbox strong-ns" in level.log.read_text()
    try:
        config.write_text(f'{kept}\nc.JudgeSubmission.least_level = "full"\n')
        run = grade(cluster, course, "--wait", "5")
        assert run.process.wait(timeout=SECONDS) == 1, run.log.read_text()
    finally:
        config.write_text(kept)

    said = run.log.read_text()
    for worker, why in (
        (version, "it has autograd-labs 9.9.9, and"),
        (lab, "its lab, checks or grader are not those here: fingerprint"),
        (level, "its sandbox's level is `strong-ns`, and the course asks for `full`"),
    ):
        name = rf"\S+-{worker.process.pid} \(tcp://127\.0\.0\.1:\d+\)"
        assert re.search(rf"the worker {name} is refused: {re.escape(why)}", said), said
    assert f"no worker can judge `{LAB}`" in said
    assert journal(tmp_path / "out") == []
    assert "Traceback" not in said


def test_a_worker_that_cannot_confine_does_not_begin(course: Path, cluster: Cluster) -> None:
    """It says what is missing, and ends."""
    masked = [word for layer in hostile_class.ALL_LAYERS for word in ("--mask", layer)]
    worker = cluster.add("none", course, *masked)
    assert worker.process.wait(timeout=SECONDS) == 3
    assert "student code cannot be confined on this machine" in worker.log.read_text()


# -- TLS -------------------------------------------------------------------------------------------


def certificates(folder: Path, name: str) -> dict[str, str]:
    """Dask's settings for a new authority with one certificate, as docs/cluster.md makes them."""
    if shutil.which("openssl") is None:
        pytest.skip("no `openssl` on PATH, which makes the certificates")
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", f"/CN={name}", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    prefix = "DASK_DISTRIBUTED__COMM__TLS__"
    roles = {
        f"{prefix}{role}__{what}": str(path)
        for role in ("SCHEDULER", "WORKER", "CLIENT")
        for what, path in (("CERT", cert), ("KEY", key))
    }
    return {f"{prefix}CA_FILE": str(cert), **roles}


def test_a_cluster_speaks_tls(course: Path, tmp_path: Path) -> None:
    """With Dask's own settings; who has other certificates is neither heard nor told anything."""
    (tmp_path / "tmp").mkdir()
    ours, others = certificates(tmp_path, "ours"), certificates(tmp_path, "others")
    cluster = Cluster(tmp_path, settings=ours)
    try:
        cluster.start_scheduler()
        assert cluster.address.startswith("tls://")
        cluster.add("one", course)
        cluster.ready()

        cluster.settings = others
        stranger = grade(cluster, course, "--student", "s01", "--no-feedback")
        assert stranger.process.wait(timeout=SECONDS) == 1
        assert "no scheduler answers at tls://127.0.0.1" in stranger.log.read_text()
        assert journal(tmp_path / "out") == []

        cluster.settings = ours
        run = grade(cluster, course, "--student", "s01", "--no-feedback")
        assert run.process.wait(timeout=SECONDS) == 0, run.log.read_text()
    finally:
        cluster.close()
    assert verdicts(tmp_path / "out")["s01"]["score"] == 20.0
