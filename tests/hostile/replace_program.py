# threat: 13
# verdict: crashed | passed
# reaches: process
{RIGHT}
import os
try:
    os.execv("/bin/sh", ["/bin/sh", "-c", "sleep 60; : {MARK}"]) if os.fork() == 0 else None
except OSError as error:
    print(error)
