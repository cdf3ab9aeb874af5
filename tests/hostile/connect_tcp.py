# threat: 22
# verdict: passed
# reaches: tcp
{RIGHT}
import socket
try:
    socket.create_connection(("127.0.0.1", {TCP}), timeout=1).sendall(b"{TOKEN}")
except OSError as error:
    print(error)
