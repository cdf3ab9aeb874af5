# threat: 7
# verdict: protocol
# reaches: points
{WRONG}
{WORKER}
import os, msgpack
from autograder import wire
def send(self, kind, sequence, value):
    body = msgpack.packb([0, msgpack.ExtType(1, msgpack.packb([0, [0] + [1 << 26] * 8, None, 0, 0, False, "cpu"]))])
    os.write(self._write, wire.pack_header(2, sequence, len(body), 0) + body)
type(worker)._send = send
