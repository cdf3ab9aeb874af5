# threat: 5
# verdict: passed
# reaches: write
{RIGHT}
import os
try:
    os.utime("{DECOY}", (1, 1))
except OSError as error:
    print(error)
