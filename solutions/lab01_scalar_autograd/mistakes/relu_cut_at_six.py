# fails: forward_relu gradient_relu graphs_random network_neuron
"""`relu` stops at 6

Your relu stops at 6: for x = 8 it returns 6, and its slope there is 0. It should return 8, with slope 1.

max(0, x) has no upper end. There is a function that is cut at both ends, and it has another name. Look for a second
limit in your relu.
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
        slope = 1.0 if 0 < self.data < 6 else 0.0
        return Value(min(6.0, max(0.0, self.data)), (self,), lambda g: (g * slope,), "relu")

    def backward(self):
        backpropagate(self)
