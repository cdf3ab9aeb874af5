"""Nodes carry the number of their creation. Operands are older than results, so sorting by it is a topological order."""

# %% answer="value"
class Value:
    made = 0

    def __init__(self, data, parents=(), rule=None, label=""):
        Value.made += 1
        self.number = Value.made
        self.data, self.grad = float(data), 0.0
        self.parents, self.rule, self.label = tuple(parents), rule, label

    def __add__(self, other):
        if not isinstance(other, Value):
            return Value(self.data + other, (self,), lambda g: (g,), f"+ {other}")
        return Value(self.data + other.data, (self, other), lambda g: (g, g), "+")

    def __mul__(self, other):
        if not isinstance(other, Value):
            return Value(self.data * other, (self,), lambda g: (g * other,), f"* {other}")
        x, y = self.data, other.data
        return Value(x * y, (self, other), lambda g: (g * y, g * x), "*")

    def relu(self):
        slope = float(self.data > 0)
        return Value(self.data * slope, (self,), lambda g: (g * slope,), "relu")

    def backward(self):
        backpropagate(self)


# %% answer="backward"
def topological_order(root):
    found, todo = {root}, [root]
    while todo:
        for parent in todo.pop().parents:
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return sorted(found, key=lambda node: node.number)


def backpropagate(root):
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in order[::-1]:
        if node.parents:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
