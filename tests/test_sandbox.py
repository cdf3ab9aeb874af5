"""The sandbox's plan: what is readable, which level that makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.sandbox.layers import Layers
from autograder.supervisor import zygote


def test_a_secret_folder_is_left_out_of_the_tree_around_it(tmp_path: Path) -> None:
    """Everything beside a secret folder stays readable, the folder and what is in it does not."""
    for name in ("site/torch", "site/autograder/checks", "lib"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "site" / "six.py").touch()

    readable = set(zygote._without([tmp_path], [tmp_path / "site" / "autograder"]))

    assert {str(tmp_path / name) for name in ("lib", "site/torch", "site/six.py")} == readable
    assert {str(tmp_path)} == set(zygote._without([tmp_path], [Path("/elsewhere")]))
    assert set() == set(
        zygote._without([tmp_path / "site" / "autograder"], [tmp_path / "site" / "autograder"])
    )


@pytest.mark.parametrize(
    ("on", "level"),
    [
        ({"namespaces", "landlock", "seccomp", "limits", "capabilities", "uid"}, "full"),
        ({"landlock", "seccomp", "limits", "capabilities"}, "strong"),
        ({"namespaces", "seccomp", "limits", "capabilities"}, "strong-ns"),
        ({"seccomp", "limits", "capabilities"}, "none"),
        ({"namespaces", "landlock", "limits", "capabilities"}, "none"),
        ({"namespaces", "landlock", "seccomp", "capabilities"}, "none"),
        (set(), "none"),
    ],
)
def test_levels(on: set[str], level: str) -> None:
    """Without seccomp, or without both namespaces and Landlock, nothing counts as a sandbox."""
    assert level == Layers(on).level


def test_the_kernel_ends_student_code_before_the_grader(zygote: zygote.ZygoteHandle) -> None:
    """Where the machine's memory runs out."""
    assert Path(f"/proc/{zygote.pid}/oom_score_adj").read_text().strip() == "1000"
    assert Path("/proc/self/oom_score_adj").read_text().strip() != "1000"
