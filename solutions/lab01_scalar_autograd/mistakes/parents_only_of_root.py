# fails: chain_upstream reuse_leaf reuse_diamond graphs_random graphs_slopes operators_rsub network_gradients network_learns power_gradient power_division
"""`backward` stops at the result's parents

Your backward() runs the rules of the result and of its direct parents, and stops there: in relu(a * b + c) * k,
three operations deep, the gradients of a and b are 0.

The walk has to reach everything that the result was computed from, however far back. Look at where it goes on from a
parent to the parent's parents.
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
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = Value(max(0.0, self.data), (self,), "relu")

        def _backward():
            self.grad += (self.data > 0) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        for node in topological_order(self):
            if node.parents:
                node.grad = 0.0
        self.grad += 1.0
        self._backward()
        for parent in self.parents:
            parent._backward()

# %% answer="power"
def power(base, exponent):
    out = Value(base.data**exponent, (base,), f"** {exponent:g}")

    def _backward():
        base.grad += exponent * base.data ** (exponent - 1) * out.grad

    out._backward = _backward
    return out
