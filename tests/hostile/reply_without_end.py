# threat: 7
# verdict: protocol
# reaches: points
{WRONG}
{WORKER}
import os
from autograder import wire
def send(self, kind, sequence, value):
    os.write(self._write, wire.pack_header(2, sequence, 1, 0) + b"\xc0")
    while True:
        os.write(self._write, bytes(1 << 16))
type(worker)._send = send
