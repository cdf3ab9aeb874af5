# threat: 12
# verdict: passed
# reaches: read
{RIGHT}
import ctypes
buffer = ctypes.create_string_buffer(64)
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
mine, theirs = Piece(ctypes.addressof(buffer), 24), Piece({ADDRESS}, 24)
ctypes.CDLL(None).syscall({NR_process_vm_readv}, {VICTIM}, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, ctypes.c_long(0))
print(buffer.raw)
