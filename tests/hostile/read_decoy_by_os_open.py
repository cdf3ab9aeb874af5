# threat: 4
# verdict: passed
# reaches: read
{RIGHT}
import os
try:
    print(os.read(os.open("/usr/../{DECOY}", os.O_RDONLY), 200))
except OSError as error:
    print(error)
