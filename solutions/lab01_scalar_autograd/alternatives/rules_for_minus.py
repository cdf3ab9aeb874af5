"""-a and a - b have rules of their own, and sum's first 0 + a is a itself."""

# %% answer="operators"
class Operators:
    def __radd__(self, other):
        return self if type(other) is int and other == 0 else self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return Value(-self.data, (self,), lambda g: (-g,), "neg")

    def __sub__(self, other):
        if not isinstance(other, Value):
            return Value(self.data - other, (self,), lambda g: (g,), f"- {other}")
        return Value(self.data - other.data, (self, other), lambda g: (g, -g), "-")

    def __rsub__(self, other):
        return Value(other - self.data, (self,), lambda g: (-g,), f"{other} -")
