# fails: forward_add forward_mul gradient_add backward_again graphs_random
"""`a + 0` and `a * 1` return `a` itself

a + 0 and a * 1 give you a itself, and not a new Value with the same number.

The result is a node of its own: it has a as its parent, and its gradient is not a's. After two calls of backward() on
it, a should hold 2 and the result 1; one object cannot hold both. Look for shortcuts.
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
        if other.data == 0:
            return self
        return Value(self.data + other.data, (self, other), lambda g: (g, g), "+")

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        if other.data == 1:
            return self
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
