# threat: 23
# verdict: passed
# reaches: told
# control: descriptors are closed at every level
{RIGHT}
import os, stat
extra = []
for fd in range(3, 1024):
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        continue
    if not stat.S_ISFIFO(mode):
        extra.append((fd, oct(mode)))
print(extra)
if extra:
    print("{REACHED}")
