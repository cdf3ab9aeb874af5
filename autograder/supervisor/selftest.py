"""Tries to break out of the sandbox before any student's code runs in it, and sees that the same
attempts succeed outside.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import GraderFault, SandboxUnavailable
from autograder.layout import PACKAGE
from autograder.messages import Call, Ready
from autograder.model import Limits
from autograder.supervisor import process
from autograder.supervisor.zygote import ZygoteHandle


@dataclass(frozen=True)
class Attempt:
    """A probe that ran: whether it got through outside the sandbox, and inside it."""

    name: str
    outside: bool
    inside: bool


def attempts(control: socket.socket) -> list[Attempt]:
    """Try to break out of a fresh student's process, and do the same from an ordinary one.

    Raises:
        SandboxUnavailable, GraderFault: no student's process can be started, or the probes do not
            run at all.
    """
    with (
        tempfile.TemporaryDirectory(prefix="autograder-decoy-", dir=_place()) as folder,
        _targets(Path(folder)) as probes,
    ):
        outside = _outside([list(probe) for probe in probes])
        with process.StudentProcess(control, Limits(), probe=True) as child:
            inside = [
                bool(child.request(Call.PROBE, name, arguments)) for name, arguments in probes
            ]
    return [
        Attempt(name, out, through)
        for (name, _), out, through in zip(probes, outside, inside, strict=True)
    ]


def confirm(zygote: ZygoteHandle) -> Ready:
    """Wait for a zygote and prove that its sandbox holds, before any student's code runs in it.

    Raises:
        SandboxUnavailable, GraderFault: see `ZygoteHandle.wait` and `self_test`.
    """
    return self_test(zygote.controls[0], zygote.wait())


def self_test(control: socket.socket, sandbox: Ready) -> Ready:
    """Prove that the sandbox holds, before any student's code runs in it.

    Returns:
        The sandbox as it said it is.

    Raises:
        SandboxUnavailable: an attempt got through although its layer is on.
        GraderFault: an attempt fails outside the sandbox as well, so it proves nothing.
    """
    for attempt in attempts(control):
        if attempt.inside and _closed_by(attempt.name, sandbox):
            raise SandboxUnavailable(
                f"the sandbox does not hold: the probe `{attempt.name}` got "
                f"through at level `{sandbox.level}`"
            )
        if not attempt.outside and attempt.name not in _MAY_FAIL_OUTSIDE:
            raise GraderFault(
                f"the probe `{attempt.name}` fails outside the sandbox as well, "
                f"so it proves nothing"
            )
    return sandbox


# Containers forbid these to everyone.
MAX_PLACE = 60  # bytes
_MAY_FAIL_OUTSIDE = ("namespace", "keyring")
_SECCOMP = {"fork", "execute", "tcp", "udp", "unix", "memfd", "keyring", "namespace", "signal"}
_FILES = {"read", "write", "processes"}


def _closed_by(name: str, sandbox: Ready) -> bool:
    if name in _SECCOMP:
        return "seccomp" in sandbox.layers
    return name in _FILES and bool({"namespaces", "landlock"} & set(sandbox.layers))


def _place() -> str | None:
    """Where decoys go: a socket's path has room for 107 bytes, which a long TMPDIR uses up."""
    is_long = len(os.fsencode(tempfile.gettempdir())) > MAX_PLACE
    return "/tmp" if is_long else None  # noqa: S108 - mkdtemp makes a folder of its own there


@contextlib.contextmanager
def _targets(folder: Path) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Decoys and listeners of the grader's own, and the attempts to reach them."""
    decoy = folder / "decoy"
    decoy.write_text("decoy")
    decoy.chmod(0o666)
    folder.chmod(0o755)
    with (
        socket.create_server(("127.0.0.1", 0), backlog=64) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        udp.bind(("127.0.0.1", 0))
        unix.bind(str(folder / "socket"))
        (folder / "socket").chmod(0o777)
        unix.listen(64)
        pid = os.getpid()
        yield [
            ("read", {"path": str(decoy)}),
            ("write", {"path": str(decoy)}),
            ("signal", {"pid": pid}),
            ("processes", {"pid": pid}),
            ("fork", {}),
            ("execute", {}),
            ("tcp", {"port": tcp.getsockname()[1]}),
            ("udp", {"port": udp.getsockname()[1]}),
            ("unix", {"path": str(folder / "socket")}),
            ("memfd", {}),
            ("keyring", {}),
            ("namespace", {}),
        ]


def _outside(attempts: list[list[Any]]) -> list[bool]:
    """The same attempts by an ordinary process of this user."""
    script = PACKAGE / "sandbox" / "probes.py"
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), json.dumps(attempts)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    try:
        return [bool(through) for through in json.loads(done.stdout)]
    except ValueError:
        raise GraderFault(
            f"the probes do not run outside the sandbox: "
            f"{done.stderr.decode(errors='replace')[-300:]}"
        ) from None
