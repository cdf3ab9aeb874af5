"""Who may be spoken to in the clear, and what is said where Dask or certificates are missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.cluster import addresses, extra
from autograder.errors import UsageError

pytest.importorskip("distributed", reason="Dask is not installed: the extra `cluster`")
dask_config = pytest.importorskip("dask.config")


@pytest.fixture
def certificates(tmp_path: Path) -> dict[str, Any]:
    """Dask's settings with files that are named, whatever they hold."""
    return {
        "distributed.comm.tls.ca-file": str(tmp_path / "ca.pem"),
        "distributed.comm.tls.client.cert": str(tmp_path / "cert.pem"),
        "distributed.comm.tls.client.key": str(tmp_path / "key.pem"),
    }


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("tcp://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("tcp://localhost:8786", "tcp://localhost:8786"),
        ("tcp://127.8.9.10:1", "tcp://127.8.9.10:1"),
        ("tcp://[::1]:8786", "tcp://[::1]:8786"),
    ],
)
def test_loopback_is_spoken_to_in_the_clear(given: str, meant: str) -> None:
    """What never leaves the machine."""
    place = addresses.place(given)
    assert (place.address, place.security, place.local) == (meant, None, True)


@pytest.mark.parametrize(
    "given",
    [
        "tcp://192.0.2.1:8786",
        "tcp://scheduler.example:8786",
        "tcp://0.0.0.0:8786",
        "tcp://[2001:db8::1]:8786",
        "tcp://localhost.example:8786",
        "tcp://127.0.0.1.example:8786",
    ],
)
def test_another_machine_in_the_clear_is_refused(given: str) -> None:
    """With how to get TLS, and the way around it."""
    with pytest.raises(UsageError, match="neither secret nor authenticated") as told:
        addresses.place(given)
    for word in ("distributed.comm.tls", "tls://", "docs/cluster.md", "--without-tls"):
        assert word in str(told.value)
    assert addresses.place(given, without_tls=True).address == given


@pytest.mark.parametrize("given", ["tls://192.0.2.1:8786", "192.0.2.1:8786", "tls://127.0.0.1:1"])
def test_tls_needs_certificates(given: str, certificates: dict[str, Any]) -> None:
    """Which Dask's settings name; an address of another machine without a scheme means TLS."""
    with (
        dask_config.set(dict.fromkeys(certificates)),
        pytest.raises(UsageError, match="needs certificates, and Dask's settings name none"),
    ):
        addresses.place(given)
    with dask_config.set(certificates):
        place = addresses.place(given)
    assert place.address == f"tls://{given.removeprefix('tls://')}"
    assert place.security.require_encryption
    assert place.security.tls_ca_file == certificates["distributed.comm.tls.ca-file"]


@pytest.mark.parametrize(
    "given",
    [
        *("", "host", "tcp://", "tcp://127.0.0.1", "127.0.0.1:port", "ucx://127.0.0.1:1"),
        *("inproc://127.0.0.1:1", "http://127.0.0.1:1", "://127.0.0.1:1", "tcp://a@127.0.0.1:1"),
        *("tcp://127.0.0.1:99999", "tcp://127.0.0.1:1/x", "tcp://tcp://127.0.0.1:1", "ws://h:1"),
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    """With what one looks like."""
    with pytest.raises(UsageError, match=r"is no scheduler's address: tls://HOST:8786"):
        addresses.place(given)


def test_without_dask_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra's name, in pip's words."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'autograd-labs\[cluster\]'"):
        extra.distributed()


@pytest.mark.parametrize(
    "command",
    [["grade", "--scheduler", "tcp://192.0.2.1:8786"], ["worker", "tcp://192.0.2.1:8786"]],
    ids=["grade", "worker"],
)
def test_the_command_line_refuses_before_anything_else(
    root: Path, tmp_path: Path, command: list[str]
) -> None:
    """Both sides; nothing is sent, and no traceback is shown."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder", *command]
        + (["--out", str(tmp_path / "out")] if command[0] == "grade" else []),
        cwd=root,
        env=os.environ | {"DASK_CONFIG": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "neither secret nor authenticated" in done.stderr
    assert "Traceback" not in done.stderr
