# fails: gradient_add gradient_mul chain_upstream operators_reflected operators_negative operators_minus operators_rsub network_learns power_division
"""Plain numbers on the right stop the gradient

With a plain number on the right, the gradient stops: after (a * 4.0).backward() your gradient of a is 0, and it
should be 4. With Values on both sides all is well.

A result without parents is a leaf, and nothing flows through a leaf. a is a parent of a * 4.0, although 4.0 needs no
gradient. Look at the branch of your method that handles numbers.
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
        if not isinstance(other, Value):
            return Value(self.data + other)
        return Value(self.data + other.data, (self, other), lambda g: (g, g), "+")

    def __mul__(self, other):
        if not isinstance(other, Value):
            return Value(self.data * other)
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
