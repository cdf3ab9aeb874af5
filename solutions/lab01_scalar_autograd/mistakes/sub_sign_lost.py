# fails: operators_minus
"""`a - b` gives both operands the same gradient

a - b hands the same gradient to both: that of b is 1, and it should be -1. The values are right.

If b rises, a - b falls. A derivative has a sign; look at what your rule returns for the second parent.
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
        return Value(self.data - other.data, (self, other), lambda g: (g, g), "-")

    def __rsub__(self, other):
        return -self + other
