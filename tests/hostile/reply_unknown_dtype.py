# threat: 7
# verdict: protocol
# reaches: points
{WRONG}
{WORKER}
import os, msgpack
from autograder import wire
def send(self, kind, sequence, value):
    body = msgpack.packb([0, msgpack.ExtType(1, msgpack.packb([200, [1], None, 0, 4, False, "cpu"]))])
    os.write(self._write, wire.pack_header(2, sequence, len(body), 4) + body + b"1234")
type(worker)._send = send
