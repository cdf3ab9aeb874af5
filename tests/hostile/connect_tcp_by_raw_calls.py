# threat: 22
# verdict: passed
# reaches: tcp
{RIGHT}
import ctypes, os, struct
libc = ctypes.CDLL(None)
fd = libc.syscall({NR_socket}, 2, 1, 0)
address = struct.pack("=H", 2) + struct.pack("!H", {TCP}) + bytes([127, 0, 0, 1]) + bytes(8)
if libc.syscall({NR_connect}, fd, address, 16) == 0:
    os.write(fd, b"{TOKEN}")
