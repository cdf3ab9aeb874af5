# threat: 7
# verdict: protocol | wrong | student_error
# reaches: points
{WRONG}
{WORKER}
answered = type(worker).do_call
type(worker).do_call = lambda self, *arguments: [-5, answered(self, *arguments)[1]]
