# fails: operators_reflected
"""`1 + a` ends in an error, `0 + a` works

sum([a, b]) works, and 1 + a ends in an error: your reflected addition knows only the 0 from which sum starts.

For 1 + a, Python calls the same method with 1. Addition does not care about the order, so there is one line that serves
every number.
"""

# %% answer="operators"
class Operators:
    def __radd__(self, other):
        return self if other == 0 else NotImplemented

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return -self + other
