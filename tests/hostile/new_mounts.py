# threat: 41
# verdict: passed
# reaches: told
# control: it would mount over the machine's own folders
{RIGHT}
import ctypes
libc = ctypes.CDLL(None)
if libc.syscall({NR_mount}, b"none", b".", b"tmpfs", 0, None) == 0 or libc.syscall({NR_chroot}, b".") == 0 or libc.syscall({NR_open_tree}, -100, b"/", 1) >= 0:
    print("{REACHED}")
