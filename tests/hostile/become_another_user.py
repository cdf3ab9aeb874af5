# threat: 41
# verdict: passed
# reaches: told
# control: an ordinary user may not either
{RIGHT}
import os
for become in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0])):
    try:
        become()
        print("{REACHED}")
    except OSError as error:
        print(error)
