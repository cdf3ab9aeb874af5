# threat: 41
# verdict: crashed
# reaches: told
# control: kernels may lack x32 calls
# machine: x86_64
{RIGHT}
import ctypes
if ctypes.CDLL(None).syscall(0x40000000 + 39) > 0:
    print("{REACHED}")
