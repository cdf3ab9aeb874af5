# fails: operators_reflected power_division
"""`1 + a` and `2 * a` let no gradient through

1 + a and 2 * a have the right value, but no gradient gets through them: after (2 * a).backward() the gradient of a is
0, and it should be 2.

A Value made from a bare number does not know where it came from. Let the reflected methods use + and * on Values, which
record what happens.
"""

# %% answer="operators"
class Operators:
    def __radd__(self, other):
        return Value(other + self.data)

    def __rmul__(self, other):
        return Value(other * self.data)

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return -self + other
