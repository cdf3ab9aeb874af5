# threat: 44
# verdict: passed
# reaches: told
{RIGHT}
import ctypes
libc = ctypes.CDLL(None)
context = ctypes.c_ulong(0)
if libc.syscall({NR_io_setup}, 1, ctypes.byref(context)) == 0:
    print("{REACHED}")
