# threat: 20
# verdict: wall_limit
# reaches: points
import time
time.sleep(100)
