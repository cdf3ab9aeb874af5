# fails: forward_add gradient_add
"""The same sum twice gives the same Value

The second a + b gives the same Value as the first: your class keeps results and hands them out again.

Each operation makes a *new* node. Two sums of the same operands are two places in the graph, each with a gradient of its
own.
"""

# %% answer="value"
class Value:
    sums, products = {}, {}

    def __init__(self, data, parents=(), rule=None, label=""):
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents
        self.rule = rule
        self.label = label

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        if (self, other) not in Value.sums:
            Value.sums[self, other] = Value(self.data + other.data, (self, other), lambda g: (g, g), "+")
        return Value.sums[self, other]

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
