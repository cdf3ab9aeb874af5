# threat: 5
# verdict: passed
# reaches: write
{RIGHT}
import ctypes, os
try:
    os.chmod("{DECOY}", 0o600)
except OSError as error:
    print(error)
ctypes.CDLL(None).syscall({NR_fchmodat2}, -100, b"{DECOY}", 0o600, 0)
