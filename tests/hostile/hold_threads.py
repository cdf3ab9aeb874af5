# threat: 44
# verdict: wrong | cpu_limit | wall_limit | memory_limit | crashed
# reaches: points
{WRONG}
import threading, time
for _ in range(80):
    try:
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
    except RuntimeError:
        break
time.sleep(1.9)
wrong = ReLUFunction.apply
class ReLUFunction:
    @staticmethod
    def apply(x):
        time.sleep(1)
        return wrong(x)
