# threat: 22
# verdict: passed
# reaches: told
{RIGHT}
import socket
for family in range(46):
    for kind in (1, 2, 3, 5):
        try:
            socket.socket(family, kind)
            print("{REACHED}")
        except OSError:
            pass
try:
    socket.socketpair()
    print("{REACHED}")
except OSError as error:
    print(error)
