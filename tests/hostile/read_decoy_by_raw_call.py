# threat: 4
# verdict: passed
# reaches: read
{RIGHT}
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.syscall({NR_openat}, -100, b"{DECOY}", 0, 0)
if fd < 0:
    how = (ctypes.c_uint64 * 3)(0, 0, 0)
    fd = libc.syscall({NR_openat2}, -100, b"{DECOY}", how, 24)
if fd >= 0:
    print(os.pread(fd, 200, 0))
