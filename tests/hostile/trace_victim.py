# threat: 12
# verdict: passed
# reaches: told
{RIGHT}
import ctypes
if ctypes.CDLL(None, use_errno=True).syscall({NR_ptrace}, 0x4206, {VICTIM}, 0, 0) == 0:  # PTRACE_SEIZE
    print("{REACHED}")
