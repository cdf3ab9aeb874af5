# threat: 11
# verdict: passed
# reaches: victim
{RIGHT}
import os
try:
    os.sched_setaffinity({VICTIM}, {0})
except OSError as error:
    print(error)
