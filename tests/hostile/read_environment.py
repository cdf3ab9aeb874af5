# threat: 30
# verdict: passed
# reaches: read
# control: the zygote is started with a clean environment at every level
{RIGHT}
import ctypes, os
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p
print(dict(os.environ), getenv(b"HOSTILE_CANARY"))
