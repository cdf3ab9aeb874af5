# threat: 15
# verdict: passed
# reaches: told
{RIGHT}
import os
try:
    os.write(os.memfd_create("hoard"), b"x")
    print("{REACHED}")
except OSError as error:
    print(error)
