# fails: chain_upstream reuse_leaf reuse_diamond backward_leaves backward_shared graphs_random graphs_slopes network_gradients network_learns power_gradient power_division
"""Rules are stored on the operand

You store the rule on the operand, not on the result. It then runs when it is the operand's turn, which may be too
late: in k * (a + b) at k = 3 your gradient of a is 0, and it should be 3. And the next operation on the same operand
overwrites the rule of the first.

On the way back it is the *result's* turn: its gradient is known, and its rule passes it down. One Value can be an
operand of many results, but it is the result of one operation only. Look at which object gets the function.
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

        self._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        self._backward = _backward
        return out

    def relu(self):
        out = Value(max(0.0, self.data), (self,), "relu")

        def _backward():
            self.grad += (self.data > 0) * out.grad

        self._backward = _backward
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
