# threat: 7
# verdict: student_error | protocol
# reaches: points
{WRONG}
{WORKER}
from autograder import wire
def answer(self, structure, data):
    if b"custom_relu" in bytes(structure):
        return wire.Kind.ERROR, {"kind": "error", "type": "T" * 100000, "message": "m" * 500000, "line": 1, "text": "t" * 100000}
    return honest(self, structure, data)
honest = type(worker)._answer
type(worker)._answer = answer
