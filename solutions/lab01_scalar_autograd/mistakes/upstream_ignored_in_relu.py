# fails: chain_upstream reuse_diamond graphs_random graphs_slopes network_gradients network_learns
"""`relu` ignores the gradient that arrives

Your relu passes on 1 where its input is positive, whatever arrives: for relu(a + b) * k at k = 3, with a + b > 0,
your gradient of a is 1, and it should be 3.

An open gate lets through what arrives, and a shut one nothing. The slope of relu, 1 or 0, is only the local
derivative: ask what it has to be multiplied by.
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
        return Value(max(0.0, self.data), (self,), lambda g: (1.0 if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
