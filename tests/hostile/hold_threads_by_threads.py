# threat: 44
# verdict: wrong | cpu_limit | wall_limit | memory_limit | crashed
# reaches: points
{WRONG}
import threading, time
def hold(levels):
    for _ in range(3 if levels else 0):
        try:
            threading.Thread(target=hold, args=(levels - 1,), daemon=True).start()
        except RuntimeError:
            pass
    time.sleep(30)
threading.stack_size(65536)
threading.Thread(target=hold, args=(4,), daemon=True).start()
time.sleep(1.9)
