# fails: chain_upstream reuse_leaf reuse_diamond graphs_random graphs_slopes network_gradients network_learns power_gradient power_division
"""All rules ignore the gradient that arrives

Your rules return the local derivatives only. They are right for the last operation, where the gradient that
arrives is 1, and wrong for all before it: for (a + b) * k at k = 3 your gradient of a is 1, and it should be 3.

The chain rule multiplies the gradient that arrives by the local derivative. Your rule is given the gradient that
arrives, as its argument; look for where it is used.
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
        return Value(self.data + other.data, (self, other), lambda g: (1.0, 1.0), "+")

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), lambda g: (other.data, self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (1.0 if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
