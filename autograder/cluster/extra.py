"""Dask, which is an optional extra."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
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


def setting(name: str, value: str) -> AbstractContextManager[Any]:
    """A setting of Dask's, as long as the context lasts."""
    setting: AbstractContextManager[Any] = importlib.import_module("dask.config").set({name: value})
    return setting
