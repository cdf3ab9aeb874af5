"""data and grad can be read from outside and not written; the notebook's own functions write what stands behind them."""

# %% answer="value"
class Value:
    def __init__(self, data, parents=(), rule=None, label=""):
        self._number = float(data)
        self._gradient = 0.0
        self.parents, self.rule, self.label = parents, rule, label

    data = property(lambda self: self._number)
    grad = property(lambda self: self._gradient)

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
    for node in order:
        if node.parents:
            node._gradient = 0.0
    root._gradient += 1.0
    for node in reversed(order):
        if node.parents:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent._gradient += gradient


# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = bias
    for weight, x in zip(weights, inputs):
        total = total + weight * x
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter._number -= learning_rate * parameter._gradient
        parameter._gradient = 0.0
