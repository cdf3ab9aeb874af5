# threat: 10
# verdict: passed | crashed
# reaches: points
{RIGHT}
import os, signal
os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGTERM)
