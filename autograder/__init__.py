"""Grade notebooks in which students write their own autograd, behind a process boundary.

This module imports nothing, so that the part that enters the sandbox (`wire`, `sandbox`) can be
loaded alone.
"""

__version__ = "0.1.0"
