# threat: 7
# verdict: protocol | wrong | student_error
# reaches: points
{WRONG}
{WORKER}
import msgpack
from autograder import wire

kept = type(worker)._keep


def keep(self, value):
    number = kept(self, value).number
    return msgpack.ExtType(2, msgpack.packb([msgpack.ExtType(5, (number + (1 << 900)).to_bytes(128, "little")), "x"]))


plain = wire.Encoder._plain
wire.Encoder._plain = lambda self, value, depth: value if isinstance(value, msgpack.ExtType) else plain(self, value, depth)
type(worker)._keep = keep
