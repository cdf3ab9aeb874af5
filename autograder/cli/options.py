"""Options that several verbs have."""

from __future__ import annotations

from typing import Annotated

import typer

from autograder.judge.inputs import MAX_SEED

MaskOption = Annotated[
    list[str] | None,
    typer.Option("--mask", help="Do without this layer of the sandbox, to test lower levels."),
]
TrustOption = Annotated[
    bool,
    typer.Option(
        "--i-trust-these-notebooks",
        help="Grade although student code cannot be confined. Results and pages bear the mark.",
    ),
]
DbOption = Annotated[
    str | None,
    typer.Option(
        envvar="AUTOGRADER_DB",
        help="URL of the gradebook, if it is not <out>/gradebook.db; SQLite or PostgreSQL.",
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option(min=0, max=MAX_SEED, help="Repeat the inputs of the run that recorded this seed."),
]
