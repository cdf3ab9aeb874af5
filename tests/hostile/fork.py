# threat: 13
# verdict: passed
# reaches: process
{RIGHT}
import ctypes, os, time
try:
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, b"{MARK}", 0, 0, 0)
        time.sleep(60)
        os._exit(0)
except OSError as error:
    print(error)
time.sleep(0.05)
