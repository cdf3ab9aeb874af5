"""Runs a lab's catalogued mistakes once, and keeps what the checks say of them between runs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path

import torch

from autograder.course import source
from autograder.course.labs import Lab
from autograder.course.notebook import Found
from autograder.judge import diagnose, pool
from autograder.judge.diagnose import Catalogue, Entry
from autograder.judge.keeper import Keeper
from autograder.model import Status


def catalogue(lab: Lab, keeper: Keeper, jobs: int) -> Catalogue:
    """The lab's mistakes with their outcomes, from the cache where they are known.

    Args:
        lab: its mistakes lie in `solutions/<lab>/mistakes`; an empty catalogue where there are none.
        keeper: a confirmed zygote.
        jobs: judges side by side.
    """
    files = lab.mistakes()
    if not files:
        return Catalogue()
    version = hashlib.sha256(f"{lab.fingerprint()}/{torch.__version__}/{diagnose.SEED}".encode()).hexdigest()
    kept = _cache() / f"{lab.name}-{version[:32]}.json"
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Catalogue(tuple(Entry(**entry) for entry in json.loads(kept.read_bytes())))
    made = _run(lab, keeper, jobs, files)
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, nothing else
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps([asdict(entry) for entry in made.entries]), encoding="utf-8")
        part.replace(kept)
    return made


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "autograder" / "mistakes"


def _run(lab: Lab, keeper: Keeper, jobs: int, files: list[Path]) -> Catalogue:
    reference = source.reference(lab)
    answers = {path.stem: source.complete(source.read_answer(path, list(lab.answers)), reference) for path in files}
    hand_ins = [Found(name, source.filled(lab, answer)) for name, answer in answers.items()]
    judged = {j.student: j for j in pool.judge_all(lab, hand_ins, keeper, diagnose.SEED, jobs)}
    return Catalogue(
        tuple(
            Entry(name, answer.hint, diagnose.outcomes(judged[name].checks))
            for name, answer in answers.items()
            if judged[name].status == Status.GRADED
        )
    )
