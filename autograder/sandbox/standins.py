"""What a release gives students to work with, as something that does nothing when grading.

A call such as `check()` that was left in a notebook is no mistake, and must not be one here.
"""

from __future__ import annotations

import builtins
import sys
from types import ModuleType
from typing import Any

MODULE = "autograd_labs_check"
NAMES = ("check", "hint", "reset", "status")


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Do nothing."""


def install() -> None:
    """Make the module importable, and its names known without an import: they come from a cell that
    does not run when grading. Whatever a notebook itself calls so stands before them.
    """
    module = ModuleType(MODULE, __doc__)
    for name in NAMES:
        setattr(module, name, _nothing)
        setattr(builtins, name, _nothing)
    sys.modules[MODULE] = module
