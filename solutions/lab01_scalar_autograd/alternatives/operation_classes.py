"""Operations are classes with a forward and a backward, as in torch.autograd.Function; a Value holds the operation that made it."""

# %% answer="value"
class Add:
    label = "+"

    @staticmethod
    def forward(ctx, a, b):
        return a + b

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output, grad_output


class Mul:
    label = "*"

    @staticmethod
    def forward(ctx, a, b):
        ctx["saved"] = (a, b)
        return a * b

    @staticmethod
    def backward(ctx, grad_output):
        a, b = ctx["saved"]
        return grad_output * b, grad_output * a


class ReLU:
    label = "relu"

    @staticmethod
    def forward(ctx, a):
        ctx["open"] = a > 0
        return a if ctx["open"] else 0.0

    @staticmethod
    def backward(ctx, grad_output):
        return (grad_output if ctx["open"] else 0.0,)


def apply(operation, *operands):
    operands = tuple(x if isinstance(x, Value) else Value(x) for x in operands)
    ctx = {}
    result = Value(operation.forward(ctx, *(x.data for x in operands)))
    result.parents, result.operation, result.ctx, result.label = operands, operation, ctx, operation.label
    return result


class Value:
    operation = None
    parents = ()

    def __init__(self, data, label=""):
        self.data = float(data)
        self.grad = 0.0
        self.label = label

    def __add__(self, other):
        return apply(Add, self, other)

    def __mul__(self, other):
        return apply(Mul, self, other)

    def relu(self):
        return apply(ReLU, self)

    def backward(self):
        backpropagate(self)


# %% answer="backward"
def topological_order(root):
    done = {}

    def visit(node):
        for parent in node.parents:
            if id(parent) not in done:
                visit(parent)
        done[id(node)] = node

    visit(root)
    return list(done.values())


def backpropagate(root):
    nodes = topological_order(root)
    arrived = {id(node): 0.0 for node in nodes}
    arrived[id(root)] = 1.0
    for node in nodes[::-1]:
        if node.operation is None:
            node.grad += arrived[id(node)]
            continue
        node.grad = arrived[id(node)]
        for parent, gradient in zip(node.parents, node.operation.backward(node.ctx, node.grad)):
            arrived[id(parent)] += gradient


# %% answer="power"
class Power:
    label = "**"

    @staticmethod
    def forward(ctx, a, n):
        ctx["saved"] = (a, n)
        return a**n

    @staticmethod
    def backward(ctx, grad_output):
        a, n = ctx["saved"]
        return grad_output * n * a ** (n - 1), 0.0


def power(base, exponent):
    return apply(Power, base, exponent)
