# fails: chain_upstream reuse_leaf reuse_diamond backward_leaves backward_again backward_shared graphs_random graphs_slopes operators_reflected network_learns power_gradient power_division
"""Multiplication overwrites its operands' gradients

Your multiplication replaces the gradient of its operands where it should add to it: a * a at a = 3 gives 3, and
it should be 6. Your addition does add, so a + a is right.

A number that is used twice gets a gradient over both ways, and they add up. Every operation has to do this for itself
if it writes the gradients by itself; compare your multiplication with your addition.
"""

# %% answer="value"
class Value:
    def __init__(self, data, parents=(), label=""):
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents
        self.label = label
        self._backward = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = Value(max(0.0, self.data), (self,), "relu")

        def _backward():
            self.grad += (self.data > 0) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        order = topological_order(self)
        for node in order:
            if node.parents:
                node.grad = 0.0
        self.grad += 1.0
        for node in reversed(order):
            node._backward()

# %% answer="power"
def power(base, exponent):
    out = Value(base.data**exponent, (base,), f"** {exponent:g}")

    def _backward():
        base.grad += exponent * base.data ** (exponent - 1) * out.grad

    out._backward = _backward
    return out
