# threat: 20
# verdict: wall_limit
# reaches: points
import time
class ReLUFunction:
    apply = staticmethod(lambda x: time.sleep(100))
