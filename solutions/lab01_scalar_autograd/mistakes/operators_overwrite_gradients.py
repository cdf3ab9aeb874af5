# fails: operators_negative operators_minus operators_rsub
"""`-a` and `a - b` overwrite gradients

Your -a and a - b replace the gradients of their operands where they should add to them: for (1 - a) * a at a = 3 the
gradient should be -5, and what came over one of the two ways is lost. Your + and * are right.

A number that is used twice gets a gradient over both ways, and they add up. Every operation that writes gradients has to
do this; one that is made of + and * does it by itself.
"""

# %% answer="value"
class Value:
    def __init__(self, data, parents=(), label=""):
        self.data = data
        self.grad = 0
        self.parents = dict.fromkeys(parents)
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
        out = Value(0 if self.data < 0 else self.data, (self,), "relu")

        def _backward():
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        backpropagate(self)


# %% answer="backward"
def topological_order(root):
    order, visited = [], set()

    def build(node):
        if node not in visited:
            visited.add(node)
            for parent in node.parents:
                build(parent)
            order.append(node)

    build(root)
    return order


def backpropagate(root):
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0
    root.grad += 1
    for node in reversed(order):
        node._backward()


# %% answer="operators"
class Operators:
    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        out = Value(-self.data, (self,), "neg")

        def _backward():
            self.grad = -out.grad

        out._backward = _backward
        return out

    def __sub__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data - other.data, (self, other), "-")

        def _backward():
            self.grad = out.grad
            other.grad = -out.grad

        out._backward = _backward
        return out

    def __rsub__(self, other):
        return Value(other) - self


# %% answer="power"
def power(base, exponent):
    out = Value(base.data**exponent, (base,), "**")

    def _backward():
        base.grad += exponent * base.data ** (exponent - 1) * out.grad

    out._backward = _backward
    return out
