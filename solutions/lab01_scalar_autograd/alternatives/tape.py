"""A tape: every operation is written down in the order in which it happens, and played back from the end."""

# %% answer="value"
tape = []


class Value:
    def __init__(self, data, parents=(), rule=None, label=""):
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents
        self.rule = rule
        self.label = label
        if rule is not None:
            tape.append(self)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), lambda g: (g, g), "+")

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(self.data, 0.0), (self,), lambda g: (g * (self.data > 0.0),), "relu")

    def backward(self):
        backpropagate(self)


# %% answer="backward"
def topological_order(root):
    needed = {root}
    inner = []
    for node in reversed(tape):
        if node in needed:
            inner.append(node)
            needed.update(node.parents)
    leaves = [node for node in needed if node.rule is None]
    return leaves + inner[::-1]


def backpropagate(root):
    inner = [node for node in topological_order(root) if node.rule is not None]
    for node in inner:
        node.grad = 0.0
    root.grad += 1.0
    for node in reversed(inner):
        for parent, gradient in zip(node.parents, node.rule(node.grad)):
            parent.grad += gradient
