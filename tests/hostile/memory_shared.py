# threat: 15
# verdict: passed | student_error | memory_limit
# reaches: told
{RIGHT}
import mmap
hoard = []
try:
    for _ in range(10):
        hoard.append(mmap.mmap(-1, 64 << 20))
        hoard[-1][::4096] = b"x" * (16 << 10)
    print("{REACHED}")
except OSError as error:
    print(error)
hoard.clear()
