# fails: forward_add order_list gradient_add chain_upstream reuse_leaf reuse_diamond backward_leaves backward_again backward_shared graphs_random graphs_slopes operators_reflected operators_negative operators_minus operators_rsub network_gradients network_learns power_gradient power_division
"""Addition changes its left operand

Your addition changes its left operand and returns it: after c = a + b at a = 2, b = -3, a.data is -1, and it
should still be 2.

Each operation makes a new node; the old ones stay as they are, because rules read their numbers later and other
results may use them. Look at what your method returns.
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
        self.data += other.data
        return self

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)
