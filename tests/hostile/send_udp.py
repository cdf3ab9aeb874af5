# threat: 22
# verdict: passed
# reaches: udp
{RIGHT}
import socket
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"{TOKEN}", ("127.0.0.1", {UDP}))
except OSError as error:
    print(error)
