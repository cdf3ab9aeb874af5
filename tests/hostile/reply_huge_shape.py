# threat: 7
# verdict: protocol
# reaches: points
{WRONG}
{WORKER}
import os, msgpack
from autograder import wire
def send(self, kind, sequence, value):
    tensor = msgpack.ExtType(1, msgpack.packb([0, [1 << 40, 1 << 40], None, 0, 0, False, "cpu"]))
    body = msgpack.packb({"text": "", "error": tensor})
    os.write(self._write, wire.pack_header(2, sequence, len(body), 0) + body)
type(worker)._send = send
