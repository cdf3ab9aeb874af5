# fails: forward_add forward_mul gradient_add gradient_mul chain_upstream operators_reflected operators_minus operators_rsub power_division
"""`a + 3` ends in an error, `a + 1.5` works

a + 1.5 works and a + 3 does not: your class takes only floats for plain numbers, and a whole number is an int.

Ask the other way round. There are many kinds of numbers and one kind of Value, so `isinstance(other, Value)` is the
question that leaves nobody out.
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
        other = Value(other) if isinstance(other, float) else other
        return Value(self.data + other.data, (self, other), lambda g: (g, g), "+")

    def __mul__(self, other):
        other = Value(other) if isinstance(other, float) else other
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
