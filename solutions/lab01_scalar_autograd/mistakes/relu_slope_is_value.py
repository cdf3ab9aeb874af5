# fails: gradient_relu graphs_random graphs_slopes network_gradients network_learns
"""`relu` multiplies the gradient by its input

Your relu hands down its input times what arrives: at x = 3 with upstream 1 your gradient is 3, and it should be 1.

The slope of max(0, x) is the same, 1, for all positive numbers. The number itself is the result, and not how fast the
result moves.
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
        return Value(max(0.0, self.data), (self,), lambda g: (g * max(0.0, self.data),), "relu")

    def backward(self):
        backpropagate(self)
