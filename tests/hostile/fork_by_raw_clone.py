# threat: 13
# verdict: passed
# reaches: process
{RIGHT}
import ctypes, os, time
libc = ctypes.CDLL(None)
arguments = (ctypes.c_uint64 * 8)(0, 0, 0, 0, 17, 0, 0, 0)
for call in (({NR_clone3}, arguments, 64), ({NR_clone}, 17, 0, 0, 0, 0)):
    if libc.syscall(*call) == 0:
        libc.prctl(15, b"{MARK}", 0, 0, 0)
        time.sleep(60)
        os._exit(0)
time.sleep(0.05)
