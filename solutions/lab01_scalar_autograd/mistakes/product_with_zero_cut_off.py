# fails: gradient_mul chain_upstream backward_again graphs_random power_gradient power_division
"""Products of 0 let no gradient through

For a * b with b = 0 your b gets no gradient: at a = 3 it should be 3.

A product of 0 does not mean that nothing can change it. If b rises a little above 0, a * b rises a times as much. Look
at what your multiplication does where a factor is 0.
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
        if self.data == 0 or other.data == 0:
            return Value(0.0)
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
