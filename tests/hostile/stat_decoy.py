# threat: 4
# verdict: passed
# reaches: stat
{RIGHT}
import os
try:
    os.stat("{DECOY}")
    print("{STATTED}")
except OSError as error:
    print(error)
