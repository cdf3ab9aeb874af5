# threat: 7
# verdict: protocol | wrong | student_error
# reaches: points
{WRONG}
{WORKER}
answered = type(worker).do_call
type(worker).do_call = lambda self, *arguments: [0, [slice(0, 1 << 63), slice(None, None, 0), answered(self, *arguments)[1]]]
