# fails: operators_minus
"""`a - 2` returns `2 - a`

a - 2 returns 2 - a: at a = 5 you get -3, and it should be 3. With Values on both sides all is well.

Both a - 2 and 2 - a arrive at your class, in two different methods. Look at which of them your __sub__ computes where
`other` is a number.
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
        return self + (-other) if isinstance(other, Value) else -self + other

    def __rsub__(self, other):
        return -self + other
