# threat: 11
# verdict: passed
# reaches: told
{RIGHT}
import os
for pid in ({PID}, {VICTIM}):
    try:
        os.kill(pid, 0)
        print("{REACHED}")
    except OSError as error:
        print(error)
