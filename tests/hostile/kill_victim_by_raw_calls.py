# threat: 11
# verdict: passed
# reaches: victim
{RIGHT}
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
information = ctypes.create_string_buffer(128)
ctypes.cast(information, ctypes.POINTER(ctypes.c_int))[0] = 9
ctypes.cast(information, ctypes.POINTER(ctypes.c_int))[2] = -1
print(libc.syscall({NR_rt_sigqueueinfo}, {VICTIM}, 9, information))
print(libc.syscall({NR_tgkill}, {VICTIM}, {VICTIM}, 9))
print(libc.syscall({NR_kill}, {VICTIM}, 9))
