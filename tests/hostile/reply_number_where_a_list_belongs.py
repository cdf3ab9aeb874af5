# threat: 7
# verdict: wrong | student_error | protocol
# reaches: points
{WRONG}
{WORKER}
type(worker).do_used = lambda self, leaves: 5
