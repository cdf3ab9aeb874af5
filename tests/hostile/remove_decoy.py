# threat: 5
# verdict: passed
# reaches: write
{RIGHT}
import os
try:
    os.unlink("{DECOY}")
except OSError as error:
    print(error)
