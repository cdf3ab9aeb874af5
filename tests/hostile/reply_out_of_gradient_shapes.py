# threat: 7
# verdict: wrong | student_error | protocol
# reaches: points
{WRONG}
{WORKER}
type(worker).do_backward = lambda self, leaves, number, grads, retain, create: [0, [torch.zeros(2, 2, 2, 2), None, 5]]
