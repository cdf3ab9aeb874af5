# threat: 44
# verdict: passed
# reaches: told
{RIGHT}
import fcntl, sys
file = open(torch.__file__)
for lock in (lambda: fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB), lambda: fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB), lambda: fcntl.fcntl(file, 1024, 0)):
    try:
        lock()
        print("{REACHED}")
    except OSError as error:
        print(error)
