# fails: forward_add forward_mul gradient_add gradient_mul chain_upstream operators_reflected operators_negative operators_minus operators_rsub network_neuron network_learns power_division
"""Plain numbers on the right end in an error

With a plain number on the right, as in a + 1.5 or a * 2, your class ends in an error: a float has no .data.

The second operand may be a Value or a number. If it is made a Value at the very start of the method, the rest of the
method has one case only. Look at what happens to `other` before its .data is read.
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
        return Value(self.data + other.data, (self, other), lambda g: (g, g), "+")

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
