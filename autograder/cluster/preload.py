"""Makes a grading worker of one that Dask itself starts: `dask worker --preload
autograder.cluster.preload`, and so in `SSHCluster`, `dask-jobqueue` and the like.

The course's folder is Dask's setting `autograder.course`, or where the worker was started. Of the
worker's threads, one keeps a batch at hand and each other judges. Certificates, addresses and
scratch folders are Dask's to be told.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from autograder.cluster import tasks
from autograder.cluster.host import Host
from autograder.course import labs as course


async def dask_setup(worker: Any) -> None:
    """Start a grader beside Dask's worker, and try its sandbox; Dask calls this.

    Raises:
        UsageError: there is no course.
        GraderFault: student code cannot be confined here.
    """
    named = importlib.import_module("dask.config").get("autograder.course", None)
    root = course.root_from(Path(named) if named else Path.cwd())
    jobs = max(1, worker.state.nthreads - 1)
    host = Host(root, jobs=jobs)
    setattr(worker, tasks.HOST, host)
    await host.sandbox()


async def dask_teardown(worker: Any) -> None:
    """End the grader; Dask calls this."""
    host = getattr(worker, tasks.HOST, None)
    if host is not None:
        await host.close()
