# threat: 41
# verdict: passed
# reaches: told
{RIGHT}
import ctypes
if ctypes.CDLL(None).syscall({NR_personality}, 0x0400000) >= 0:  # READ_IMPLIES_EXEC
    print("{REACHED}")
