# threat: 11
# verdict: passed
# reaches: victim
{RIGHT}
import os, signal
for kill in (lambda: os.kill({VICTIM}, signal.SIGKILL), lambda: os.killpg({VICTIM}, signal.SIGKILL)):
    try:
        kill()
    except OSError as error:
        print(error)
