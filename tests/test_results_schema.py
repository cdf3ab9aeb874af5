"""The published schema of `results.json` is that of its types, and what is written obeys it."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import jsonschema

from autograder.course import labs
from autograder.model import Audience, CheckResult, Judgement, Level, Note, Status, Verdict
from autograder.record import results

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "docs" / "results.schema.json"


def test_the_published_schema_is_current() -> None:
    """`python scripts/results_schema.py` writes what is committed."""
    made = runpy.run_path(str(ROOT / "scripts" / "results_schema.py"))["text"]()

    assert made == SCHEMA.read_text(), "run `python scripts/results_schema.py`"


def test_what_is_written_obeys_the_schema() -> None:
    """A judgement with every field passes a validator of JSON Schema."""
    lab = labs.load(ROOT, "lab03_custom_relu")
    check = CheckResult("a", "A", Verdict.WRONG, 0.0, 1.0, "it is wrong", "at [0]", line="x = 1")
    judged = Judgement(
        "ada",
        lab.name,
        Status.GRADED,
        checks=(check,),
        notes=(Note("odd", Audience.INSTRUCTOR),),
        seed=2**53 - 1,
        level=Level.STRONG_NS,
    )

    written = json.loads(results.as_json(results.results(lab, [judged])))

    jsonschema.validate(written, json.loads(SCHEMA.read_text()))
    assert written["submissions"][0]["checks"][0]["message"] == (
        "it is wrong in the line `x = 1`: at [0]"
    )
    assert written["sandbox"] == "strong-ns"
