# threat: 12
# verdict: passed
# reaches: told
{RIGHT}
import ctypes, os
if ctypes.CDLL(None).syscall({NR_kcmp}, os.getpid(), {VICTIM}, 1, 0, 0) >= 0:
    print("{REACHED}")
