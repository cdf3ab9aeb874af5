# threat: 8
# verdict: protocol
# reaches: points
{WRONG}
{WORKER}
honest = type(worker)._send
type(worker)._send = lambda self, *frame: (honest(self, *frame), honest(self, *frame))
