# threat: 30
# verdict: passed
# reaches: read
{RIGHT}
import os
for pid in ("self", {PID}, {VICTIM}, os.getppid(), 1):
    try:
        print(open(f"/proc/{pid}/environ", "rb").read()[:3000])
    except OSError as error:
        print(error)
