# threat: 44
# verdict: passed
# reaches: told
{RIGHT}
import ctypes, mmap
libc = ctypes.CDLL(None)
with open(ctypes.__file__, "rb") as file:
    mapped = mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
if libc.syscall({NR_mincore}, ctypes.c_void_p(address), ctypes.c_size_t(4096), ctypes.create_string_buffer(1)) == 0:
    print("{REACHED}")
