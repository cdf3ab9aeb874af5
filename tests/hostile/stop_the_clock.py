# threat: 32
# verdict: wall_limit | cpu_limit
# reaches: points
import time
time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
time.sleep = lambda seconds: None
class ReLUFunction:
    @staticmethod
    def apply(x):
        while True:
            pass
