# threat: 4
# verdict: passed
# reaches: read
{RIGHT}
for root in ("/proc/{PID}/root", "/proc/1/root", "/proc/self/root", "/proc/{PID}/cwd/../../../../../.."):
    try:
        print(open(root + "{DECOY}").read())
    except OSError as error:
        print(error)
