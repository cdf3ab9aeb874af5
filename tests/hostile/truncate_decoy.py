# threat: 5
# verdict: passed
# reaches: write
{RIGHT}
import os
try:
    os.truncate("{DECOY}", 0)
except OSError as error:
    print(error)
