# threat: 6
# verdict: wrong | student_error | protocol
# reaches: points
{WRONG}
{WORKER}
type(worker)._answer = lambda self, structure, data: (2, True)
