# threat: 41
# verdict: passed
# reaches: told
# control: the kernel's administrator may have denied user namespaces
{RIGHT}
import ctypes
for kind in (0x10000000, 0x20000, 0x40000000, 0x20000000):
    if ctypes.CDLL(None).syscall({NR_unshare}, kind) == 0:
        print("{REACHED}")
