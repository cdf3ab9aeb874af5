# threat: 18
# verdict: wall_limit | cpu_limit
# reaches: points
import re
class ReLUFunction:
    apply = staticmethod(lambda x: re.match(r"(a|aa)+$", "a" * 60 + "b"))
