# threat: 1
# verdict: wrong | student_error | crashed | protocol
# reaches: points
{WRONG}
import builtins
builtins.isinstance = lambda *args: True
builtins.AssertionError = builtins.Exception = type("Nothing", (BaseException,), {})
builtins.abs = builtins.max = lambda *args, **kwargs: 0
