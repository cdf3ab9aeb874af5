# threat: 9
# verdict: crashed
# reaches: points
{WRONG}
{WORKER}
import os, time
os.close(worker._write)
time.sleep(60)
