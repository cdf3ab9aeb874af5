# fails: operators_negative operators_minus operators_rsub
"""`-a` lets no gradient through

No gradient gets past your minus sign: after (-a).backward() the gradient of a is 0, and it should be -1. The
values are right.

A Value made from a bare number is a leaf: it does not know where it came from. -a has to be *computed from a*, with
operations that you have already.
"""

# %% answer="operators"
class Operators:
    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return Value(-self.data)

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return -self + other
