# threat: 22
# verdict: passed
# reaches: told
# control: the kernel's administrator may have switched io_uring off
{RIGHT}
import ctypes
if ctypes.CDLL(None).syscall({NR_io_uring_setup}, 4, ctypes.create_string_buffer(120)) >= 0:
    print("{REACHED}")
