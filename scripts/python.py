"""Say why the Python that runs this cannot make the project's environment; silent where it can.

It is written for any Python, so that an old one can tell as well.
"""

import sys

OLDEST, NEWEST = (3, 11), (3, 14)  # torch.txt's torch has no wheels for a newer one

version = "%d.%d" % sys.version_info[:2]
if not OLDEST <= sys.version_info[:2] <= NEWEST:
    wanted = "Python %d.%d to %d.%d is needed" % (OLDEST + NEWEST)
    sys.exit("%s, %s is %s; name another: make PYTHON=..." % (wanted, sys.executable, version))
try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    why = "its modules venv and ensurepip are missing"
    advice = "On Debian and Ubuntu: apt-get install python%s-venv" % version
    sys.exit("%s cannot make environments: %s. %s" % (sys.executable, why, advice))
