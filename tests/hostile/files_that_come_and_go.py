# threat: 16
# verdict: passed
# reaches: points
{RIGHT}
import os, time
names = [f"file{number}" for number in range(400)]
end = time.monotonic() + 1
while time.monotonic() < end:
    for name in names:
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
    for name in names:
        os.unlink(name)
