# threat: 11
# verdict: passed
# reaches: victim
{RIGHT}
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.syscall({NR_pidfd_open}, {VICTIM}, 0)
print(fd, libc.syscall({NR_pidfd_send_signal}, fd, 9, None, 0))
