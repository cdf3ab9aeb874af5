# threat: 5
# verdict: passed
# reaches: write
# control: only Linux 6.17 and later knows the call, and only some file systems
{RIGHT}
import ctypes
attributes = (ctypes.c_uint64 * 3)(0x80, 0, 0)  # FS_XFLAG_NODUMP
print(ctypes.CDLL(None, use_errno=True).syscall({NR_file_setattr}, -100, b"{DECOY}", attributes, 24, 0), ctypes.get_errno())
