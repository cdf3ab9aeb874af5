# threat: 7
# verdict: wall_limit
# reaches: points
{WRONG}
{WORKER}
import os
type(worker)._send = lambda self, kind, sequence, value: os.write(self._write, b"AGL1")
