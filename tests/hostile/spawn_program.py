# threat: 13
# verdict: passed
# reaches: process
{RIGHT}
import subprocess
try:
    subprocess.Popen(["/bin/sh", "-c", "sleep 60; : {MARK}"])
except OSError as error:
    print(error)
