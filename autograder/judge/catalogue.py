"""A lab's catalogued mistakes with what the checks say of them, run once and kept between runs."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from autograder import files, layout
from autograder.course import answers
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.judge import diagnosis, fingerprint
from autograder.judge.diagnosis import Catalogue, Entry
from autograder.judge.task import Task
from autograder.model import Judgement, Status


def kept(lab: Lab) -> Catalogue | None:
    """The catalogue from the cache; None where the lab or the grader has changed since."""
    with contextlib.suppress(OSError, ValueError):
        return msgspec.json.decode(_file(lab).read_bytes(), type=Catalogue)
    return None


def tasks(lab: Lab) -> Iterator[Task]:
    """The lab's mistakes as submissions, under the one seed that outcomes are compared with."""
    reference = answers.reference(lab)
    for path in lab.mistakes():
        answer = answers.complete(answers.read_answer(path, list(lab.answers)), reference)
        yield Task(Submission(answer.name, answers.filled(lab, answer)), diagnosis.SEED)


def make(lab: Lab, judgements: Iterable[Judgement]) -> Catalogue:
    """The catalogue from its mistakes' judgements, kept for the next run."""
    judged = {judgement.student: judgement for judgement in judgements}
    made = Catalogue(
        tuple(
            _entry(lab, path, judged[path.stem])
            for path in lab.mistakes()
            if path.stem in judged and judged[path.stem].status == Status.GRADED
        )
    )
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, nothing else
        files.write(_file(lab), msgspec.json.encode(made))
    return made


def _entry(lab: Lab, path: Path, judged: Judgement) -> Entry:
    answer = answers.read_answer(path, list(lab.answers))
    return Entry(path.stem, answer.hint, diagnosis.outcomes(judged.checks), answer.title)


def _file(lab: Lab) -> Path:
    version = hashlib.sha256(f"{fingerprint.of(lab)}/{diagnosis.SEED}".encode()).hexdigest()
    return layout.cache() / "mistakes" / f"{lab.name}-{version[:32]}.json"
