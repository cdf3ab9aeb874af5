# fails: forward_relu order_list reuse_leaf backward_leaves backward_again backward_shared graphs_random
"""`relu` returns positive Values themselves

For a positive number your relu returns the same Value, and not a new one.

The result is a node of its own: it has a as its parent, and its gradient is not a's. After two calls of backward() on
it, a should hold 2 and the result 1; one object cannot hold both.
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
        return self if self.data > 0 else Value(0.0, (self,), lambda g: (0.0,), "relu")

    def backward(self):
        backpropagate(self)
