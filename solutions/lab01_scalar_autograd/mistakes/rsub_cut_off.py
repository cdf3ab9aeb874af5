# fails: operators_rsub
"""`1 - a` lets no gradient through

1 - a has the right value, but no gradient gets through: after (1 - a).backward() the gradient of a is 0, and it should
be -1.

A Value made from a bare number does not know where it came from. 1 - a has to be computed from a, with operations that
you have already.
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
        return self + (-other)

    def __rsub__(self, other):
        return Value(other - self.data)
