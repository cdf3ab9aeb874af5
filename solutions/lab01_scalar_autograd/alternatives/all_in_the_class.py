"""Everything inside the class: reflected operators by assignment, relu with an if, backward with its own walk."""

# %% answer="value"
class Value:
    def __init__(self, data, parents=(), rule=None, label=""):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.rule = rule
        self.label = label

    def __repr__(self):
        return f"Value({self.data})"

    def __add__(self, other):
        if isinstance(other, (int, float)):
            other = Value(other)
        return Value(self.data + other.data, [self, other], lambda g: [g, g], "+")

    def __mul__(self, other):
        if isinstance(other, (int, float)):
            other = Value(other)

        def rule(g):
            return [other.data * g, self.data * g]

        return Value(self.data * other.data, [self, other], rule, "*")

    __radd__ = __add__
    __rmul__ = __mul__

    def relu(self):
        if self.data > 0:
            return Value(self.data, [self], lambda g: [g], "relu")
        return Value(0.0, [self], lambda g: [0.0], "relu")

    def topo(self):
        nodes = []
        for parent in self.parents:
            nodes += [node for node in parent.topo() if not any(node is known for known in nodes)]
        return nodes + [self]

    def backward(self):
        nodes = self.topo()
        for node in nodes:
            if node.parents:
                node.grad = 0.0
        self.grad += 1.0
        for node in nodes[::-1]:
            if node.parents:
                for parent, g in zip(node.parents, node.rule(node.grad)):
                    parent.grad += g


# %% answer="backward"
def topological_order(root):
    return root.topo()


def backpropagate(root):
    root.backward()


# %% answer="operators"
class Operators:
    __radd__ = lambda self, other: self.__add__(other)
    __rmul__ = lambda self, other: self.__mul__(other)
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + other * -1
    __rsub__ = lambda self, other: self * -1 + other


# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    out = sum([w * x for w, x in zip(weights, inputs)], bias)
    if activate:
        out = out.relu()
    return out


def descend(parameters, learning_rate):
    for p in parameters:
        p.data = p.data - learning_rate * p.grad
    for p in parameters:
        p.grad = 0
