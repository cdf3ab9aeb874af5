# threat: 12
# verdict: passed
# reaches: told
{RIGHT}
import ctypes
libc = ctypes.CDLL(None)
fd = libc.syscall({NR_pidfd_open}, {VICTIM}, 0)
if fd >= 0 and libc.syscall({NR_pidfd_getfd}, fd, 1, 0) >= 0:
    print("{REACHED}")
