"""Hidden inputs: the same for the same bytes, unguessable from another submission's, and drawn from
a secret that is made once.
"""

from __future__ import annotations

import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course.submissions import Submission
from autograder.errors import UsageError
from autograder.judge import inputs
from autograder.judge.inputs import MAX_SEED, course_secret, seed_of
from autograder.layout import CourseLayout

SECRET = b"s" * inputs.SECRET_BYTES
ADA = Submission("ada", b"{}")


def test_the_same_bytes_have_the_same_seed() -> None:
    """On any machine, in any process; pinned, since regrading relies on it."""
    assert seed_of(SECRET, "lab", ADA) == seed_of(SECRET, "lab", replace(ADA, notes=("a note",)))
    assert seed_of(SECRET, "lab", ADA) == 477093314190429


@pytest.mark.parametrize(
    ("secret", "lab", "submission"),
    [
        (SECRET, "lab", Submission("bela", b"{}")),
        (SECRET, "other", ADA),
        (SECRET, "lab", Submission("ada", b"{} ")),
        (SECRET, "lab", Submission("ada", b"")),
        (b"t" * inputs.SECRET_BYTES, "lab", ADA),
    ],
    ids=["student", "lab", "bytes", "no bytes", "secret"],
)
def test_anything_else_has_another_seed(secret: bytes, lab: str, submission: Submission) -> None:
    """Another student, lab, secret, or a single byte more."""
    assert seed_of(secret, lab, submission) != seed_of(SECRET, "lab", ADA)


def test_parts_do_not_run_into_each_other() -> None:
    """A letter that moves from the lab's name to the student's, or on to the bytes, counts."""
    found = {
        seed_of(SECRET, "lab", Submission("ada", b"x")),
        seed_of(SECRET, "laba", Submission("da", b"x")),
        seed_of(SECRET, "lab", Submission("adax", b"")),
        seed_of(SECRET, "lab", Submission("ad", b"ax")),
    }
    assert len(found) == 4


@given(st.text(st.characters()), st.binary())
def test_every_seed_survives_json(student: str, raw: bytes) -> None:
    """Seeds are whole numbers that every reader of JSON keeps; names may be of any characters."""
    seed = seed_of(SECRET, "lab", Submission(student, raw))
    assert 0 <= seed <= MAX_SEED
    assert int(float(seed)) == seed


def test_a_name_that_is_no_text_has_a_seed() -> None:
    """Folders may be called what is not UTF-8."""
    assert 0 <= seed_of(SECRET, "lab", Submission("\udcff", b"{}")) <= MAX_SEED


def test_random_seeds_are_of_the_same_range() -> None:
    """A notebook that is checked alone gets any of them."""
    found = [inputs.random_seed() for _ in range(100)]
    assert len(set(found)) == 100
    assert all(0 <= seed <= MAX_SEED for seed in found)


def test_the_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    """A course has one, which nobody else on the machine can read; nothing lies beside it."""
    first = course_secret(tmp_path)
    path = CourseLayout(tmp_path).secret

    assert course_secret(tmp_path) == first
    assert path.read_bytes().strip() == first
    assert len(first) >= inputs.SECRET_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_courses_have_different_secrets(tmp_path: Path) -> None:
    """Whoever knows one course's inputs knows none of another's."""
    assert course_secret(tmp_path / "one") != course_secret(tmp_path / "two")


def test_graders_that_start_at_once_end_up_with_one_secret(tmp_path: Path) -> None:
    """Eight processes make it at the same time."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom autograder.judge.inputs import course_secret\n"
        "print('ready', flush=True)\ninput()\nprint(course_secret(Path(sys.argv[1])).decode())"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    for one in started:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    found = {one.communicate(timeout=60)[0].strip() for one in started}

    assert found == {course_secret(tmp_path).decode()}
    assert [one.returncode for one in started] == [0] * 8


def test_a_given_secret_is_used(tmp_path: Path) -> None:
    """Copied to another machine, it draws the same inputs there; the line's end does not count."""
    path = CourseLayout(tmp_path).secret
    path.parent.mkdir()
    path.write_bytes(SECRET + b"\n")
    assert course_secret(tmp_path) == SECRET
    assert path.read_bytes() == SECRET + b"\n"


@pytest.mark.parametrize("text", ["", "\n", "s" * (inputs.SECRET_BYTES - 1), " " * 64])
def test_a_short_secret_is_refused(tmp_path: Path, text: str) -> None:
    """It could be guessed; the message says what to do, and the file stays as it was."""
    path = CourseLayout(tmp_path).secret
    path.parent.mkdir()
    path.write_text(text)

    with pytest.raises(UsageError, match=r"holds \d+ characters; a secret of 32 or more") as error:
        course_secret(tmp_path)

    assert str(path) in str(error.value)
    assert path.read_text() == text


def test_a_secret_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A folder in its place is no secret, and no new one is made over it."""
    CourseLayout(tmp_path).secret.mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be read"):
        course_secret(tmp_path)


def test_a_course_that_cannot_be_written_is_told_what_to_do(tmp_path: Path) -> None:
    """Without a secret and without a place for one, a --seed is the way out."""
    (tmp_path / ".autograder").symlink_to("/proc/self")  # takes no new files, whoever asks
    with pytest.raises(UsageError, match=r"cannot be written.*--seed"):
        course_secret(tmp_path)
