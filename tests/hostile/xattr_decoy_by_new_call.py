# threat: 5
# verdict: passed
# reaches: write
# control: only Linux 6.13 and later knows the call
{RIGHT}
import ctypes
value = ctypes.create_string_buffer(b"20")
class Arguments(ctypes.Structure):
    _fields_ = [("value", ctypes.c_uint64), ("size", ctypes.c_uint32), ("flags", ctypes.c_uint32)]
arguments = Arguments(ctypes.addressof(value), 2, 0)
print(ctypes.CDLL(None, use_errno=True).syscall({NR_setxattrat}, -100, b"{DECOY}", 0, b"user.grade", ctypes.byref(arguments), 16), ctypes.get_errno())
