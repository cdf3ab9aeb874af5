"""Dask, which is an optional extra."""

from __future__ import annotations

import importlib
from typing import Any

from autograder.errors import UsageError

MISSING = (
    "a cluster needs Dask, and `{name}` is not installed here: "
    "pip install 'autograd-labs[cluster]', on the scheduler's machine and on every worker's as well"
)


def distributed() -> Any:
    """The module `distributed`.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise UsageError(MISSING.format(name=error.name)) from None
