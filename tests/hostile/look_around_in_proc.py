# threat: 31
# verdict: passed
# reaches: told
{RIGHT}
import os
for path in ("/proc/self/maps", "/proc/mounts", "/proc/self/fd", "/sys/kernel", "/proc/sys/kernel/core_pattern", "/etc/passwd"):
    try:
        os.listdir(path) if os.path.isdir(path) else open(path).read(1)
        if os.path.exists(path):
            print("{REACHED}", path)
    except OSError as error:
        print(error)
