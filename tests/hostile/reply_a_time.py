# threat: 7
# verdict: protocol
# reaches: points
{WRONG}
{WORKER}
import msgpack
from autograder import wire
plain = wire.Encoder._plain
wire.Encoder._plain = lambda self, value, depth: value if type(value) is msgpack.Timestamp else plain(self, value, depth)
type(worker).do_call = lambda self, *arguments: [0, msgpack.Timestamp(1, 1)]
