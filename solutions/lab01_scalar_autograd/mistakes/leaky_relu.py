# fails: forward_relu gradient_relu gradient_kink graphs_random network_neuron network_gradients network_learns
"""`relu` returns a hundredth of negative numbers

Your relu lets a hundredth through where the number is negative: at x = -2 it returns -0.02, and it should return 0.

This is another function, a leaky relu. The one of this lab is exactly 0 on the whole left side, and so is its slope.
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
        slope = 1.0 if self.data > 0 else 0.01
        return Value(self.data * slope, (self,), lambda g: (g * slope,), "relu")

    def backward(self):
        backpropagate(self)
