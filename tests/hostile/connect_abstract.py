# threat: 22
# verdict: passed
# reaches: abstract
{RIGHT}
import socket
try:
    client = socket.socket(socket.AF_UNIX)
    client.connect("\0{ABSTRACT}")
    client.sendall(b"{TOKEN}")
except OSError as error:
    print(error)
