# fails: chain_upstream operators_reflected operators_negative operators_minus operators_rsub network_learns power_division
"""`a * 4` ignores the gradient that arrives

a * 4 is right as the last operation and wrong inside: for (a * 4) * 5 your gradient of a is 4, and it should be 20.
With Values on both sides all is well.

A plain number needs no gradient, but a does, and what arrives has to be multiplied by the local derivative there too.
Compare the two branches of your method.
"""

# %% answer="value"
class Value:
    def __init__(self, data, parents=(), rule=None, label=""):
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents
        self.rule = rule
        self.label = label

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), lambda g: (g, g), "+")

    def __mul__(self, other):
        if not isinstance(other, Value):
            return Value(self.data * other, (self,), lambda g: (other,), "*")
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
