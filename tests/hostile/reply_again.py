# threat: 8
# verdict: protocol
# reaches: points
{WRONG}
{WORKER}
honest = type(worker)._send
last = []
def send(self, kind, sequence, value):
    if last:
        honest(self, *last[0])
    else:
        last.append((kind, sequence, value))
        honest(self, kind, sequence, value)
type(worker)._send = send
