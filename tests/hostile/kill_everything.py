# threat: 11
# verdict: passed | crashed
# reaches: victim
# control: without the sandbox it would end this machine's processes
{RIGHT}
import os, signal
victim = {VICTIM}
for target in (-1, {PID}, os.getppid()):
    try:
        os.kill(target, signal.SIGKILL)
    except OSError as error:
        print(error)
