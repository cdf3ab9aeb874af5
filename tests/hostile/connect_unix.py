# threat: 22
# verdict: passed
# reaches: unix
{RIGHT}
import socket
try:
    client = socket.socket(socket.AF_UNIX)
    client.connect("{UNIX}")
    client.sendall(b"{TOKEN}")
except OSError as error:
    print(error)
