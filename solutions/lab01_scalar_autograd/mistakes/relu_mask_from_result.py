# fails: gradient_relu gradient_kink graphs_random graphs_slopes network_gradients network_learns
"""`relu` has slope 1 for negative numbers

Your relu lets the gradient through where its input is negative: at x = -2 your slope is 1, and it should be 0.

The gate is decided by a comparison. If it looks at the *result*, remember that the result of relu is never negative,
so "at least 0" is always true. Look at which number you compare, and how.
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
        result = max(0.0, self.data)
        return Value(result, (self,), lambda g: (g if result >= 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
