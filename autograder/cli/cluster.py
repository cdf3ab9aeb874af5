"""The verb and the options of judging on many machines."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.options import MaskOption, TrustOption
from autograder.cli.terminal import err, safe
from autograder.cluster import addresses, worker
from autograder.cluster.judges import PATIENCE_SECONDS
from autograder.commands.grade import Cluster
from autograder.course import labs as course
from autograder.integrations.nbgrader import settings

SchedulerOption = Annotated[
    str | None,
    typer.Option(
        envvar="AUTOGRADER_SCHEDULER",
        help="Judge on the workers of this scheduler of Dask's, tls://HOST:8786. See "
        "docs/cluster.md.",
    ),
]
WithoutTlsOption = Annotated[
    bool,
    typer.Option(
        "--without-tls",
        help="Speak in the clear to other machines: for a network that nobody else can reach.",
    ),
]
PatienceOption = Annotated[
    float,
    typer.Option(
        "--wait",
        min=0,
        help="With --scheduler: seconds to wait for a worker, or for the scheduler to come back.",
    ),
]
DEFAULT_PATIENCE = PATIENCE_SECONDS


def tell(text: str) -> None:
    """Say on stderr what happens in the cluster."""
    err.print(safe(f"cluster: {text}"), soft_wrap=True)


def named(scheduler: str | None, patience: float, *, without_tls: bool) -> Cluster | None:
    """The cluster that was asked for, if one was."""
    return None if scheduler is None else Cluster(scheduler, tell, without_tls, patience)


def work(
    scheduler: Annotated[
        str,
        typer.Argument(help="Dask's scheduler: tls://HOST:8786, or tcp://127.0.0.1:8786."),
    ],
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Judges side by side; one a processor otherwise."),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(help="This machine's address, where the scheduler would not find it."),
    ] = None,
    without_tls: WithoutTlsOption = False,
    mask: MaskOption = None,
    trust: TrustOption = False,
) -> None:
    """Judge submissions for a scheduler, until the process is ended. Run it in a copy of the
    course.

    Exit status: 0 it was ended, 2 wrong usage, 3 this machine cannot confine student code.
    """
    root = course.root_from(Path.cwd())
    worker.work(
        worker.Settings(
            root,
            addresses.place(scheduler, without_tls=without_tls),
            jobs or os.cpu_count() or 1,
            masked=tuple(mask or ()),
            trusted=trust,
            least=settings.least_level(root),
            host=host,
        ),
        tell,
    )
