# threat: 7
# verdict: protocol
# reaches: points
{WRONG}
{WORKER}
import os
type(worker)._send = lambda self, kind, sequence, value: os.write(self._write, b"junk " * 100)
