# threat: 44
# verdict: passed
# reaches: told
# control: kernels before 6.5 do not have it
{RIGHT}
import ctypes
libc = ctypes.CDLL(None)
with open("own", "wb") as file:
    file.write(b"x")
    file.flush()
    if libc.syscall({NR_cachestat}, file.fileno(), (ctypes.c_uint64 * 2)(0, 1), ctypes.create_string_buffer(40), 0) == 0:
        print("{REACHED}")
