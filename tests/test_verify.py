"""Every lab of the course is proven: what `make verify` shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.commands import verify
from autograder.course import labs

pytestmark = pytest.mark.slow  # labs' verify

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", labs.names(ROOT))
def test_lab_is_proven(name: str) -> None:
    """Starter 0, right answers full marks, each mistake fails exactly what it names and is
    diagnosed as itself.
    """
    (proof,) = verify.verify([labs.load(ROOT, name)], seeds=(11,))

    assert list(proof.findings) == []
    assert proof.mistakes >= 10
    assert proof.alternatives >= 1


def test_verify_finds_a_mistake_that_is_caught_by_nothing(tmp_path: Path) -> None:
    """A right answer in the folder of mistakes, and a mistake that names the wrong check, are
    findings.
    """
    (tmp_path / "labs").symlink_to(ROOT / "labs")
    source = ROOT / "solutions" / "lab03_custom_relu"
    folder = tmp_path / "solutions" / "lab03_custom_relu"
    (folder / "mistakes").mkdir(parents=True)
    (folder / "lab03_custom_relu.py").write_text((source / "lab03_custom_relu.py").read_text())
    kink = (source / "mistakes" / "kink_one.py").read_text()
    (folder / "mistakes" / "kink_one.py").write_text("# fails: shapes\n" + kink.partition("\n")[2])
    right = (source / "alternatives" / "saves_the_output.py").read_text()
    (folder / "mistakes" / "none_at_all.py").write_text(
        '# fails: forward_values\n"""No mistake."""\n' + right
    )

    (proof,) = verify.verify([labs.load(tmp_path, "lab03_custom_relu")], seeds=(1,))

    findings = "\n".join(proof.findings)
    assert "mistake `kink_one` does not fail shapes" in findings
    assert "mistake `kink_one` also fails zero_edge" in findings
    assert "mistake `none_at_all` does not fail forward_values" in findings
    assert "check `network_skip`: no mistake fails it" in findings
