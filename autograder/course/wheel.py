"""A wheel of pure Python, packed by hand: the same bytes for the same files, and no build tools."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping

from autograder.files import zip_entry

_WHEEL = "Wheel-Version: 1.0\nGenerator: autograder\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def file_name(name: str, version: str) -> str:
    """What the wheel must be called, since pip reads it."""
    return f"{name}-{version}-py3-none-any.whl"


def pack(name: str, version: str, summary: str, files: Mapping[str, bytes]) -> bytes:
    """The wheel's bytes.

    Args:
        name: of the distribution, with underscores.
        version: of it.
        summary: one line.
        files: by their paths below site-packages.
    """
    about = f"{name}-{version}.dist-info"
    metadata = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {summary}\n"
        "Requires-Python: >=3.11\n"
    )
    whole = {
        **dict(sorted(files.items())),
        f"{about}/METADATA": metadata.encode(),
        f"{about}/WHEEL": _WHEEL.encode(),
    }
    record = [f"{path},sha256={_digest(content)},{len(content)}" for path, content in whole.items()]
    whole[f"{about}/RECORD"] = "\n".join([*record, f"{about}/RECORD,,", ""]).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in whole.items():
            archive.writestr(zip_entry(path), content)
    return made.getvalue()


def _digest(content: bytes) -> str:
    raw = hashlib.sha256(content).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
