# threat: 44
# verdict: passed
# reaches: told
{RIGHT}
import ctypes
libc = ctypes.CDLL(None)
timer = ctypes.c_int()
if libc.syscall({NR_timer_create}, 1, None, ctypes.byref(timer)) == 0:
    print("{REACHED}")
