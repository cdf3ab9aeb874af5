"""Starts zygotes. Imports no torch, so that a zygote warms up while its grader does."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder import layout, messages
from autograder.errors import SandboxUnavailable, UsageError
from autograder.layout import PACKAGE
from autograder.messages import Ready, ZygoteOptions
from autograder.supervisor import trees

START_SECONDS = 120.0
LAYERS = ("namespaces", "landlock", "seccomp", "uid", "count", "capabilities", "limits")
_PROGRAM = (
    f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); "
    "from autograder.sandbox.zygote import main; main(sys.argv[1])"
)


class ZygoteHandle:
    """Keeps one zygote. Start it early: `start` returns at once, `wait` waits until it is warm.

    Args:
        sockets: how many judges will talk to it.
        masked: layers to do without, for tests; see `LAYERS`.
        secret: folders that must stay unreadable although they lie inside Python's own.
    """

    def __init__(
        self, sockets: int = 1, masked: Iterable[str] = (), secret: Iterable[Path] = ()
    ) -> None:
        self._sockets, self._masked = sockets, sorted(masked)
        self._secret = [PACKAGE, layout.cache(), *secret]
        self._process: subprocess.Popen[bytes] | None = None
        self._runtime: Path | None = None
        self._ready: Ready | None = None
        self.controls: list[socket.socket] = []
        if unknown := set(self._masked) - set(LAYERS):
            raise UsageError(
                f"unknown layer {', '.join(sorted(unknown))}; known are {', '.join(LAYERS)}"
            )

    def start(self) -> None:
        """Start the zygote; it warms up by itself.

        Raises:
            SandboxUnavailable: Python cannot be started.
        """
        self._runtime = _runtime_folder()
        self._lock = open(self._runtime / "lock.new", "wb")  # noqa: SIM115 - held as long as the folder is in use
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self._runtime / "lock.new").rename(self._runtime / "lock")
        ours, theirs = zip(
            *(
                socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                for _ in range(self._sockets)
            ),
            strict=True,
        )
        self.controls = list(ours)
        options = ZygoteOptions(
            controls=[end.fileno() for end in theirs],
            runtime=str(self._runtime),
            readable=trees.readable(self._secret),
            prefixes=[str(tree) for tree in trees.of_python()],
            masked=self._masked,
            parent=os.getpid(),
        )
        try:
            self._process = _launch(options, self._runtime)
        except OSError as error:
            raise SandboxUnavailable(f"the zygote could not be started: {error}") from None
        finally:
            for end in theirs:
                end.close()

    def wait(self) -> Ready:
        """Wait until the zygote is warm; what it says of itself. May be called again.

        Raises:
            SandboxUnavailable: it was not started, has ended, or is not ready within
                `START_SECONDS`.
        """
        if self._ready is None:
            if not self.controls:
                raise SandboxUnavailable("the zygote was not started")
            self._ready = [self._said(control) for control in self.controls][-1]
        return self._ready

    def _said(self, control: socket.socket) -> Ready:
        """The first message on a control socket."""
        control.settimeout(START_SECONDS)
        try:
            message = control.recv(1 << 16)
        except OSError:
            message = b""
        if not message:
            raise SandboxUnavailable(f"the zygote ended before it was ready: {self._last_words()}")
        ready: Ready = messages.decode(message, Ready)
        return ready

    def another(self) -> ZygoteHandle:
        """A zygote like this one, for a single judge, not started."""
        return ZygoteHandle(1, self._masked, self._secret)

    def _last_words(self) -> str:
        text = (
            (self._runtime / "stderr").read_text(errors="replace").strip() if self._runtime else ""
        )
        return text.splitlines()[-1][:500] if text else "it said nothing"

    def stop(self) -> None:
        """End the zygote and every process below it."""
        for control in self.controls:
            control.close()
        self.controls = []
        self._ready = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5)
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
            self._process = None
        if self._runtime is not None:
            self._lock.close()
            shutil.rmtree(self._runtime, ignore_errors=True)
            self._runtime = None

    @property
    def runtime(self) -> Path | None:
        """The private folder of what the zygote writes; None where none runs."""
        return self._runtime

    @property
    def pid(self) -> int:
        """The process number of the zygote, 0 where none runs."""
        return self._process.pid if self._process else 0

    def __enter__(self) -> ZygoteHandle:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _launch(options: ZygoteOptions, runtime: Path) -> subprocess.Popen[bytes]:
    """Run the zygote's program; what it says at its end goes into its folder.

    Raises:
        OSError: it cannot be started.
    """
    home = str(runtime / "home")
    with open(runtime / "stderr", "wb") as said:
        return subprocess.Popen(
            [
                *(sys.executable, "-I", "-X", "utf8", "-c", _PROGRAM),
                messages.encode(options).decode(),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            pass_fds=options.controls,
            env={
                "PATH": "/usr/bin:/bin",
                "LANG": "C.UTF-8",
                "HOME": home,
                "MPLCONFIGDIR": f"{home}/matplotlib",
                # or each thread takes 64 MB of a limited address space: mallopt(3)
                "MALLOC_ARENA_MAX": "1",
            }
            | {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")},
            start_new_session=True,
        )


def _runtime_folder() -> Path:
    """A private folder with what the zygote writes before its children are born, filled with
    matplotlib's font list.
    """
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix="autograder-"))
    folder.chmod(0o711)  # student processes with a user of their own pass through
    for name in ("jail", "home", "home/matplotlib", "scratch"):
        (folder / name).mkdir()
        (folder / name).chmod(0o711 if name == "scratch" else 0o755)
    for fonts in _font_lists():
        shutil.copy(fonts, folder / "home" / "matplotlib")
    return folder


def _sweep() -> None:
    """Remove the folders of graders that were killed; one that lives holds its folder's lock."""
    for folder in Path(tempfile.gettempdir()).glob("autograder-*"):
        with contextlib.suppress(OSError, RecursionError), _locked(folder):
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock.

    Raises:
        OSError: another grader holds it, the folder is not ours, or it has no lock.
    """
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(1, f"`{folder}` is not ours")
    with open(folder / "lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _font_lists() -> list[Path]:
    """Matplotlib's list of the machine's fonts; scanning them takes seconds, so it is kept between
    runs.
    """
    cache = layout.cache() / "matplotlib"
    found = list(cache.glob("fontlist-*.json"))
    if not found:
        with contextlib.suppress(
            OSError, subprocess.SubprocessError
        ):  # without it the zygote scans for itself
            cache.mkdir(parents=True, exist_ok=True)
            command = [sys.executable, "-I", "-c", "import matplotlib.font_manager"]
            subprocess.run(
                command,
                env=os.environ | {"MPLCONFIGDIR": str(cache)},
                capture_output=True,
                timeout=120,
                check=False,
            )
            found = list(cache.glob("fontlist-*.json"))
    return found
