# fails: operators_minus
"""`a - b` changes `b`

Your subtraction changes what it subtracts: after c = a - b at b = 5, b.data is -5.

Operands belong to others too, and the next formula that uses b gets the wrong number. -b should be a new Value, made
from b.
"""

# %% answer="operators"
class Operators:
    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        other.data = -other.data
        return self + other

    def __rsub__(self, other):
        return -self + other
