# fails: forward_add forward_mul gradient_mul graphs_random operators_reflected operators_negative operators_minus operators_rsub power_gradient
"""Values round their numbers

Your Values round: Value(3e-11).data is 0, and small numbers lose their last digits.

How a number is shown and what it is are two things. Rounding belongs into __repr__; whatever is computed later starts
from the number that is kept.
"""

# %% answer="value"
class Value:
    def __init__(self, data, parents=(), rule=None, label=""):
        self.data = round(float(data), 10)
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
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
