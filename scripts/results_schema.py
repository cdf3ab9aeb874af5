"""Write docs/results.schema.json, the JSON Schema of `results.json`, from its types.

python scripts/results_schema.py
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from autograder.record.results import LabResults

TARGET = Path(__file__).parent.parent / "docs" / "results.schema.json"


def text() -> str:
    """The schema, as it is published."""
    return json.dumps(msgspec.json.schema(LabResults), indent=2) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
