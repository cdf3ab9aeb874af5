"""Runs a lab's catalogued mistakes once, and keeps what the checks say of them between runs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path

import torch

from autograder.course import script
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.judge import diagnosis, pool
from autograder.judge.diagnosis import Catalogue, Entry
from autograder.model import Status
from autograder.supervisor.zygote import ZygoteHandle


def catalogue(lab: Lab, zygote: ZygoteHandle, jobs: int) -> Catalogue:
    """The lab's mistakes with their outcomes, from the cache where they are known.

    Args:
        lab: its mistakes lie in `solutions/<lab>/mistakes`; an empty catalogue where there are
            none.
        zygote: a confirmed zygote.
        jobs: judges side by side.
    """
    files = lab.mistakes()
    if not files:
        return Catalogue()
    version = hashlib.sha256(
        f"{lab.fingerprint()}/{torch.__version__}/{diagnosis.SEED}".encode()
    ).hexdigest()
    kept = _cache() / f"{lab.name}-{version[:32]}.json"
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Catalogue(tuple(Entry(**entry) for entry in json.loads(kept.read_bytes())))
    made = _run(lab, zygote, jobs, files)
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, nothing else
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps([asdict(entry) for entry in made.entries]), encoding="utf-8")
        part.replace(kept)
    return made


def _cache() -> Path:
    return (
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "autograder" / "mistakes"
    )


def _run(lab: Lab, zygote: ZygoteHandle, jobs: int, files: list[Path]) -> Catalogue:
    reference = script.reference(lab)
    answers = {
        path.stem: script.complete(script.read_answer(path, list(lab.answers)), reference)
        for path in files
    }
    hand_ins = [Submission(name, script.filled(lab, answer)) for name, answer in answers.items()]
    judged = {j.student: j for j in pool.judge_all(lab, hand_ins, zygote, diagnosis.SEED, jobs)}
    return Catalogue(
        tuple(
            Entry(name, answer.hint, diagnosis.outcomes(judged[name].checks))
            for name, answer in answers.items()
            if judged[name].status == Status.GRADED
        )
    )
