# threat: 31
# verdict: passed
# reaches: read
{RIGHT}
try:
    print(open("/proc/{VICTIM}/cmdline").read())
except OSError as error:
    print(error)
