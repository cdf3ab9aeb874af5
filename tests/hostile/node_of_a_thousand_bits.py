# threat: 7
# verdict: protocol | wrong | student_error
# reaches: points
{WRONG}
{WORKER}
import msgpack
from autograder import wire

wire._plain_int = lambda v: v if -(1 << 63) <= v < (1 << 64) else msgpack.ExtType(5, v.to_bytes(128, "little", signed=True))
answered = type(worker).do_call


def do_call(self, *arguments):
    _, value = answered(self, *arguments)
    return [1 << 1010, value]


type(worker).do_call = do_call
