# threat: 44
# verdict: passed
# reaches: told
{RIGHT}
import ctypes
libc = ctypes.CDLL(None)
if libc.syscall({NR_mq_open}, b"agl{TOKEN}", 0o102, 0o600, None) >= 0:
    libc.syscall({NR_mq_unlink}, b"agl{TOKEN}")
    print("{REACHED}")
