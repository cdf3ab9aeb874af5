# threat: 44
# verdict: passed
# reaches: told
{RIGHT}
import fcntl, os
reading, writing = os.pipe()
try:
    if fcntl.fcntl(writing, 1031, 1 << 20) >= 1 << 20:
        print("{REACHED}")
except OSError as error:
    print(error)
