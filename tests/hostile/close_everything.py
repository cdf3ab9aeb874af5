# threat: 9
# verdict: crashed
# reaches: points
{WRONG}
import os
os.closerange(0, 1024)
