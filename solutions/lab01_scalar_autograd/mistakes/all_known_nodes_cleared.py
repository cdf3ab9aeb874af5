# fails: backward_leaves backward_shared
"""`backward` clears nodes of other expressions

Your backward() also resets nodes that it has nothing to do with: after p.backward() and q.backward() on two separate
expressions, the inner nodes of the first one have gradient 0.

Nodes that the result does not depend on are left alone. Look at the collection from which you take the nodes to clear.
"""

# %% answer="value"
class Value:
    made = []

    def __init__(self, data, parents=(), rule=None, label=""):
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents
        self.rule = rule
        self.label = label
        Value.made.append(self)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), lambda g: (g, g), "+")

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")

    def backward(self):
        backpropagate(self)


# %% answer="backward"
def topological_order(root):
    order, visited = [], set()

    def visit(node):
        if node not in visited:
            visited.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order


def backpropagate(root):
    order = topological_order(root)
    for node in Value.made:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
