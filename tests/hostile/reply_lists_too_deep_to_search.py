# threat: 7
# verdict: wrong | student_error | protocol
# reaches: points
{WRONG}
{WORKER}
import os
from autograder import wire
honest = type(worker)._send
count = [0]
def send(self, kind, sequence, value):
    count[0] += 1
    if count[0] < 8:
        return honest(self, kind, sequence, value)
    body = b"\x92\x01" + b"\x91" * 1005 + b"\xc0"
    os.write(self._write, wire.pack_header(2, sequence, len(body), 0) + body)
type(worker)._send = send
