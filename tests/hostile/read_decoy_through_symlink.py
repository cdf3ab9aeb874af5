# threat: 4
# verdict: passed
# reaches: read
{RIGHT}
import os
try:
    os.symlink("{DECOY}", "innocent")
    print(open("innocent").read())
except OSError as error:
    print(error)
