# fails: operators_minus
"""`a - b` ignores the gradient that arrives

a - b is right as the last operation and wrong inside: for (a - b) * 3 your gradients are 1 and -1, and they should be 3
and -3.

You wrote a rule for it, and every rule has to multiply what arrives by the local derivative. Written with the operations
that you have, a - b needs no rule of its own.
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
        return Value(self.data - other.data, (self, other), lambda g: (1.0, -1.0), "-")

    def __rsub__(self, other):
        return -self + other
