# fails: forward_relu graphs_random graphs_slopes network_neuron network_learns
"""`relu` returns 1 for every positive number

Your relu returns 1 for every positive number: at x = 3 it should return 3.

max(0, x) keeps positive numbers as they are. What is 1 for positive numbers and 0 for negative ones is its *slope*:
it belongs into the rule, not into the result.
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
        return Value(1.0 if self.data > 0 else 0.0, (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
