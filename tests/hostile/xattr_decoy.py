# threat: 5
# verdict: passed
# reaches: write
{RIGHT}
import os
try:
    os.setxattr("{DECOY}", "user.grade", b"20")
except OSError as error:
    print(error)
