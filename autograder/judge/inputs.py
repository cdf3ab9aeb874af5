"""The seeds of hidden inputs, derived from a secret of the course.

Whoever sees one submission's inputs, on a page or by raising them in an error's text, knows nothing
of another's: the seed depends on the secret, the lab, the student and every byte handed in. The
same bytes get the same inputs, on any machine that has the secret.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from autograder import files
from autograder.course.submissions import Submission
from autograder.errors import UsageError
from autograder.layout import CourseLayout

SECRET_BYTES = 32
SEED_BITS = 53  # the integers that every reader of JSON keeps exactly
MAX_SEED = (1 << SEED_BITS) - 1


def seed_of(secret: bytes, lab: str, submission: Submission) -> int:
    """The seed of a submission's inputs, from 0 to `MAX_SEED`."""
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    for part in (lab.encode(), submission.student.encode("utf-8", "surrogatepass"), submission.raw):
        digest.update(len(part).to_bytes(8, "little") + part)
    return int.from_bytes(digest.digest()[:8], "little") & MAX_SEED


def random_seed() -> int:
    """A seed for one judgement that nobody has to repeat from the same bytes."""
    return secrets.randbits(SEED_BITS)


def course_secret(root: Path) -> bytes:
    """The course's secret, made on first use and kept in `.autograder/secret`.

    Raises:
        UsageError: it cannot be read or kept, or is too short to be one.
    """
    path = CourseLayout(root).secret
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise UsageError(
            f"`{path}` cannot be read: {error.strerror}; hidden inputs are drawn from it"
        ) from None
    try:
        files.make_private(path.parent)
        made = path.with_name(f".secret.{os.getpid()}")
        files.write(made, secrets.token_hex(SECRET_BYTES) + "\n")
        try:
            os.link(made, path)  # two graders that start at once end up with one secret
        except FileExistsError:
            pass
        finally:
            made.unlink()
        return _read(path)
    except OSError as error:
        raise UsageError(
            f"`{path}` cannot be written: {error.strerror}. Hidden inputs are drawn from the "
            "secret in it; make the course's folder writable once, or give a --seed"
        ) from None


def _read(path: Path) -> bytes:
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if len(text) < SECRET_BYTES:
        raise UsageError(
            f"`{path}` holds {len(text)} characters; a secret of {SECRET_BYTES} or more is needed. "
            "Remove the file, and the next run makes a new one"
        )
    return text.encode()
