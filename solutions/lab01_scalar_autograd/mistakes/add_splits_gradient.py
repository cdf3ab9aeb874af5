# fails: gradient_add graphs_random graphs_slopes network_gradients network_learns power_gradient power_division
"""Addition gives each operand half of the gradient

Your addition gives half of the gradient to each operand: for a + b you have 0.5 and 0.5, and it should be 1 and
1.

A gradient is not an amount that is shared out. It answers: if a rises by a little and b stays, by how much does a + b
rise? By just as much, and the same holds for b.
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
        return Value(self.data + other.data, (self, other), lambda g: (g / 2, g / 2), "+")

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
