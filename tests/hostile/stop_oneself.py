# threat: 20
# verdict: wall_limit | passed
# reaches: points
{RIGHT}
import os, signal
os.kill(os.getpid(), signal.SIGSTOP)
