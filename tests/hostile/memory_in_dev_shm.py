# threat: 15
# verdict: passed
# reaches: told
{RIGHT}
import os
try:
    name = "/dev/shm/{MARK}"
    open(name, "w").write("x")
    os.unlink(name)
    print("{REACHED}")
except OSError as error:
    print(error)
