# fails: operators_rsub
"""`1 - a` returns `a - 1`

1 - a returns a - 1: at a = 3 you get 2, and it should be -2.

For 1 - a, Python calls a.__rsub__(1), so `self` is what stands on the right of the minus. With + and * the order does
not matter, with - it does. Look at the sign of each of the two.
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
        return self - other
