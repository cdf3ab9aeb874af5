# fails: gradient_kink
"""`relu` has slope 1 at x = 0

At exactly x = 0 your slope of relu is 1; this lab asks for 0, the value that PyTorch's relu uses.

Every number from 0 to 1 would be a valid choice at the corner, so this is a convention and not a theorem. Still it
matters: exact zeros are common, since they are what another relu puts out. Look at which comparison decides the case
x = 0.
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
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data >= 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
