"""As root: run a script of these tests as an ordinary user, in mounts where Python is in reach."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
UID = 64321
SECONDS = 400


def run(script: Path, options: dict[str, Any]) -> Any:
    """What `script`, given the options as JSON, prints as JSON.

    Raises:
        OSError: it cannot be done here, with the reason.
    """
    if not all(shutil.which(tool) for tool in ("unshare", "setpriv", "mount")):
        raise OSError("unshare, setpriv and mount are needed (package util-linux)")
    home = Path(tempfile.mkdtemp(prefix="hostile-home-"))
    os.chown(home, UID, UID)
    become = 'exec setpriv --reuid "$0" --regid "$0" --clear-groups --bounding-set=-all -- "$@"'
    steps = ["mount --make-rprivate /", *_opened(home), become]
    command = ["unshare", "--mount", "sh", "-ec", "\n".join(steps), str(UID)]
    environment = {
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
    }
    try:
        done = subprocess.run(
            [*command, sys.executable, "-B", str(script), json.dumps(options)],
            capture_output=True,
            text=True,
            env=environment,
            cwd="/",
            timeout=SECONDS,
            check=False,
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if done.returncode != 0:
        raise OSError(done.stderr.strip()[-1000:] or f"exit status {done.returncode}")
    return json.loads(done.stdout)


def _opened(home: Path) -> list[str]:
    """Shell commands that lay open what of Python and the repository lies in closed folders."""
    steps = []
    for tree in sorted({Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT}):
        closed = next(
            (p for p in reversed([tree, *tree.parents]) if not p.stat().st_mode & stat.S_IXOTH),
            None,
        )
        if closed is not None:
            steps += [
                f"mkdir -p '{home}/tree'",
                f"mount --bind '{tree}' '{home}/tree'",
                f"mount -t tmpfs -o mode=755 none '{closed}'",
                f"mkdir -p '{tree}'",
                f"mount --move '{home}/tree' '{tree}'",
            ]
    return steps
