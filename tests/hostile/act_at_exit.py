# threat: 21
# verdict: passed
# reaches: plant
# control: the process is killed at every level
{RIGHT}
import atexit, threading
atexit.register(lambda: open("{PLANT}", "w").close())
class Late:
    def __del__(self):
        open("{PLANT}", "w").close()
keep = Late()
