# threat: 41
# verdict: passed
# reaches: told
{RIGHT}
import ctypes, struct
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("code", ctypes.c_char_p)]
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0)
if libc.syscall({NR_seccomp}, 1, 0, ctypes.byref(Filter(1, struct.pack("<HBBI", 6, 0, 0, 0x7FFF0000)))) == 0:
    print("{REACHED}")
