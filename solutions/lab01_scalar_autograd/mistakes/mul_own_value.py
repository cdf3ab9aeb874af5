# fails: gradient_mul graphs_random graphs_slopes network_gradients network_learns power_gradient power_division
"""Slope of a product is the operand's own value

In a * b, your gradient of a is a's own value times what arrives; at a = 2, b = -3 it is 2, and it should be -3.
On a * a nobody would notice.

If b stands still, a * b is a straight line in a. Its slope is the number that a is multiplied by. Look at which of
the two values your rule pairs with which parent.
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
        return Value(self.data * other.data, (self, other), lambda g: (g * self.data, g * other.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
