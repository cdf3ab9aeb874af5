"""What tests share: the course, a warm zygote, a way to judge an answer."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.course import answers as solutions
from autograder.course import labs
from autograder.course.answers import Answer
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.judge.grader import Grader
from autograder.model import Judgement, Limits
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.zygote import ZygoteHandle

ROOT = Path(__file__).parent.parent
QUICK = Limits(cell_seconds=2, call_seconds=2, wall_seconds=8, cpu_seconds=6, output_most=4 << 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: at the end of a run none is left to one processor."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def relu_lab() -> Lab:
    """Lab 03 with short deadlines."""
    return replace(labs.load(ROOT, "lab03_custom_relu"), limits=QUICK)


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    """A grader with two judges, whose sandbox was tried."""
    with Grader(ROOT, jobs=2) as started:
        started.sandbox()
        yield started


@pytest.fixture(scope="session")
def zygote(grader: Grader) -> ZygoteHandle:
    """A warm zygote with two sockets."""
    return grader.zygote


@pytest.fixture
def process(zygote: ZygoteHandle) -> Iterator[StudentProcess]:
    """A student's process in which nothing has run."""
    with StudentProcess(zygote.controls[0], QUICK) as started:
        yield started


@pytest.fixture
def judge_answers(grader: Grader, relu_lab: Lab) -> Callable[..., dict[str, Judgement]]:
    """Judge answers to Lab 03, given as texts of the answer cell or as whole notebooks (dicts), by
    name.
    """

    def judge_all(seed: int = 7, **answers: str | dict[str, Any]) -> dict[str, Judgement]:
        found = [
            Submission(
                name,
                json.dumps(a).encode()
                if isinstance(a, dict)
                else solutions.filled(relu_lab, Answer(name, {"relu": a})),
            )
            for name, a in answers.items()
        ]
        judged = grader.judge(relu_lab, found, seed, diagnose=False)
        return {judgement.student: judgement for judgement in judged}

    return judge_all


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium; its own sandbox cannot start inside most containers, and it opens our
    pages only.
    """
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    named = [
        os.environ.get("CHROMIUM"),
        *(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")),
    ]
    chromium = next((path for path in named if path), None)
    if chromium is None:
        pytest.skip("no Chromium on PATH: install `chromium`, or name it in $CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--headless"]
        )
        yield browser
        browser.close()
