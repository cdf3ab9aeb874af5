# threat: 41
# verdict: passed
# reaches: told
# control: administrators deny these to ordinary users
{RIGHT}
import ctypes
libc = ctypes.CDLL(None)
attributes = ctypes.create_string_buffer(128)
ctypes.cast(attributes, ctypes.POINTER(ctypes.c_uint32))[1] = 128
if libc.syscall({NR_bpf}, 0, attributes, 128) >= 0 or libc.syscall({NR_userfaultfd}, 1) >= 0:
    print("{REACHED}")
if libc.syscall({NR_perf_event_open}, attributes, 0, -1, -1, 0) >= 0:
    print("{REACHED}")
