# fails: operators_negative
"""`-a` ignores the gradient that arrives

-a is right as the last operation and wrong inside: for (-a) * 3 your gradient of a is -1, and it should be -3.

You wrote a rule for it, and every rule has to multiply what arrives by the local derivative. Written with the operations
that you have, -a needs no rule of its own.
"""

# %% answer="operators"
class Operators:
    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return Value(-self.data, (self,), lambda g: (-1.0,), "neg")

    def __sub__(self, other):
        return self + other * -1

    def __rsub__(self, other):
        return self * -1 + other
