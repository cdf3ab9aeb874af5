# threat: 12
# verdict: passed
# reaches: read
{RIGHT}
try:
    with open("/proc/{VICTIM}/mem", "rb", buffering=0) as memory:
        memory.seek({ADDRESS})
        print(memory.read(24))
except OSError as error:
    print(error)
