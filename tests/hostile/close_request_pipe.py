# threat: 9
# verdict: crashed
# reaches: points
{WRONG}
{WORKER}
import os
os.close(worker._read)
