# threat: 7
# verdict: protocol
# reaches: points
{WRONG}
{WORKER}
import os, struct
type(worker)._send = lambda self, kind, sequence, value: os.write(self._write, struct.pack("<4sB3xIIQ", b"AGL1", 2, sequence, 3, 1 << 62))
