# threat: 15
# verdict: passed
# reaches: told
{RIGHT}
import ctypes
libc = ctypes.CDLL(None)
found = libc.syscall({NR_shmget}, 0, 4096, 0o1600)
if found >= 0:
    libc.shmctl(found, 0, None)
    print("{REACHED}")
