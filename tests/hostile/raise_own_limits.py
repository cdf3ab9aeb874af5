# threat: 41
# verdict: passed
# reaches: told
{RIGHT}
import ctypes, resource
unlimited = (ctypes.c_uint64 * 2)(ctypes.c_uint64(-1).value, ctypes.c_uint64(-1).value)
for what in (resource.RLIMIT_CPU, resource.RLIMIT_DATA, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
    if ctypes.CDLL(None).syscall({NR_prlimit64}, 0, what, unlimited, None) == 0:
        print("{REACHED}")
