# threat: 7
# verdict: protocol
# reaches: points
{WRONG}
{WORKER}
type(worker).do_call = lambda self, *arguments: None
