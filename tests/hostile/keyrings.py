# threat: 44
# verdict: passed
# reaches: told
# control: containers deny keyrings to everyone
{RIGHT}
import ctypes
libc = ctypes.CDLL(None)
if libc.syscall({NR_keyctl}, 0, -3, 1) > 0 or libc.syscall({NR_add_key}, b"user", b"hostile", b"x", 1, -3) > 0:
    print("{REACHED}")
