# fails: order_list gradient_relu gradient_kink backward_again backward_shared graphs_random graphs_slopes network_gradients network_learns
"""`relu` lets no gradient through

No gradient gets past your relu: after a.relu().backward() at a = 2 your gradient of a is 0, and it should be 1.

The walk back can only reach what a result remembers as its parents. Look at what your relu hands to the constructor
beside the number.
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
        return Value(max(0.0, self.data))

    def backward(self):
        backpropagate(self)
