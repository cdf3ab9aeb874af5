# threat: 23
# verdict: protocol | crashed | wall_limit
# reaches: points
{WRONG}
import os
for fd in range(0, 1024):
    try:
        os.set_blocking(fd, False)
        os.write(fd, b"passed")
    except OSError:
        pass
