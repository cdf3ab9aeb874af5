"""A dataclass with slots that stores the local derivatives themselves; the chain rule stands in one place."""

# %% answer="value"
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Value:
    data: float
    parents: tuple = ()
    slopes: tuple = ()
    label: str = ""
    grad: float = 0.0

    @staticmethod
    def of(x):
        return x if isinstance(x, Value) else Value(float(x))

    def __add__(self, other):
        other = Value.of(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other):
        other = Value.of(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data), "*")

    def relu(self):
        return Value(self.data, (self,), (1.0,), "relu") if self.data > 0 else Value(0.0, (self,), (0.0,), "relu")

    def backward(self):
        backpropagate(self)


# %% answer="backward"
def topological_order(root):
    order, seen = [], set()

    def visit(node):
        if id(node) in seen:
            return
        seen.add(id(node))
        for parent in node.parents:
            visit(parent)
        order.append(node)

    visit(root)
    return order


def backpropagate(root):
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        for parent, slope in zip(node.parents, node.slopes):
            parent.grad += slope * node.grad


# %% answer="power"
def power(base, exponent):
    return Value(base.data**exponent, (base,), (exponent * base.data ** (exponent - 1),), "**")
