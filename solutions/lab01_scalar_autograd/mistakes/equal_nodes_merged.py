# fails: order_list chain_upstream reuse_leaf backward_again backward_shared graphs_random graphs_slopes network_gradients network_learns power_gradient power_division
"""Nodes with equal numbers are taken for one

Your engine takes two nodes with the same number for one and the same: with b = a * a and c = b.relu() at a = 2,
both are 4, and one of them is skipped on the way back.

A node is a place in the graph, not a number. Once a class defines __eq__, sets and `in` go by it. Look at what makes
two of your Values equal, and whether a visited set should use that.
"""

# %% answer="value"
class Value:
    def __init__(self, data, parents=(), rule=None, label=""):
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents
        self.rule = rule
        self.label = label

    def __eq__(self, other):
        return isinstance(other, Value) and self.data == other.data

    def __hash__(self):
        return hash(self.data)

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
