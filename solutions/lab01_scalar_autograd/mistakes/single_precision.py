# fails: forward_add forward_mul forward_relu gradient_mul graphs_random graphs_slopes operators_reflected operators_negative operators_minus operators_rsub network_neuron network_linear network_gradients network_learns power_gradient power_division
"""Your Values keep about 7 digits: 0.1 comes back as 0.10000000149.

A Python float has about 16 digits, and gradients are often small differences of large numbers. Look at what the
constructor turns a number into.
"""

# %% answer="value"
import struct


class Value:
    def __init__(self, data, parents=(), rule=None, label=""):
        self.data = struct.unpack("f", struct.pack("f", float(data)))[0]
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
