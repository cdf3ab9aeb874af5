# threat: 11
# verdict: passed
# reaches: victim
{RIGHT}
import os
for slow in (lambda: os.setpriority(os.PRIO_PROCESS, {VICTIM}, 19), lambda: os.sched_setaffinity({VICTIM}, {0})):
    try:
        slow()
    except OSError as error:
        print(error)
