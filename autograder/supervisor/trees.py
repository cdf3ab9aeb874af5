"""What student code may read: Python with its packages, and what their shared libraries need.

Narrow trees, since the rest of a machine holds other people's files: nbgrader's exchange lies in
/usr/local/share, and a distribution's own Python in /usr. The zygote adds the single files that it
has mapped and that lie elsewhere (see `sandbox.zygote`), for machines that are laid out otherwise.
"""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

# Folders of the whole machine's, of which a Python that is installed there owns only parts.
SHARED_PREFIXES = (Path("/"), Path("/usr"), Path("/usr/local"))
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
DATA = (
    *("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/usr/lib/locale"),
    *("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/matplotlib"),
)
# What of a prefix that is Python's alone, such as conda's, may be needed: never all of it, since
# `share` may hold nbgrader's exchange, `envs` and `pkgs` other people's work.
OF_A_PREFIX = ("lib", "lib64", "pyvenv.cfg", "fonts", "share/zoneinfo", "share/fonts")


def readable(secret: Iterable[Path]) -> list[str]:
    """Folders and files that student code may read, without those that hold a secret.

    Args:
        secret: folders that stay unreadable wherever they lie.
    """
    found = [*of_the_system(), *of_python()]
    return list(dict.fromkeys(without(_outermost(found), secret)))


def of_the_system() -> list[Path]:
    """The C library's folders of shared libraries and locales, fonts and time zones.

    Debian keeps libraries in folders named for the machine; elsewhere lib64 holds nothing else.
    """
    machine = sysconfig.get_config_var("MULTIARCH") or ""
    found = [Path(folder) / machine for folder in LIBRARIES if machine]
    found += [Path(folder) for folder in LIBRARIES if folder.endswith("lib64")]
    kept = [path for path in found if path.is_dir() and path.resolve() not in map(Path, LIBRARIES)]
    kept += [Path(path) for path in LIBRARIES if path.endswith("64") and Path(path).is_dir()]
    return [*kept, *(path for path in map(Path, DATA) if _is_there(path))]


def of_python() -> list[Path]:
    """Where this Python and its packages lie.

    The program itself is among them, since `platform` looks into it.
    """
    program = Path(os.path.realpath(sys.executable))
    found = {program, Path(sys.executable)}
    for prefix in {Path(sys.prefix), Path(sys.base_prefix), program.parent.parent}:
        if prefix in SHARED_PREFIXES:
            found |= _standard_library(prefix)
        else:
            found |= {prefix / name for name in OF_A_PREFIX}
    packages = ("site-packages", "dist-packages")
    found |= {Path(entry) for entry in sys.path if entry.rstrip("/").endswith(packages)}
    return _outermost(path for path in found if _is_there(path))


def _is_there(path: Path) -> bool:
    """Whether there is such a path, and its folder can be looked into."""
    return os.path.exists(path)  # noqa: PTH110 - `Path.exists` raises where it may not look


def _standard_library(prefix: Path) -> set[Path]:
    """The folders of a Python that shares its prefix with the rest of the machine."""
    variables = {"base": str(prefix), "platbase": str(prefix), "installed_base": str(prefix)}
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return {Path(sysconfig.get_path(name, vars=variables)) for name in names}


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """The paths that lie in no other of them, in order."""
    every = set(paths)
    return sorted(path for path in every if not any(parent in every for parent in path.parents))


def without(trees: Iterable[Path], secret: Iterable[Path]) -> Iterator[str]:
    """The trees, split where they hold a secret folder, so that it can be left out."""
    secrets = [path.resolve() for path in secret]
    for tree in trees:
        inside = [path for path in secrets if tree.resolve() in path.parents]
        if tree.resolve() in secrets:
            continue
        if not inside:
            yield str(tree)
            continue
        with contextlib.suppress(PermissionError):
            yield from without(sorted(tree.iterdir()), inside)
