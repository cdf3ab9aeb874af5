# threat: 44
# verdict: wrong | cpu_limit | wall_limit | memory_limit | crashed
# reaches: points
{WRONG}
import threading, time
threading.stack_size(32768)
try:
    while True:
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
except RuntimeError:
    time.sleep(1.9)
