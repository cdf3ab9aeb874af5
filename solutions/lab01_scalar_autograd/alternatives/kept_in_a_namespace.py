"""What a rule needs later is kept in a SimpleNamespace, which the notebook imports for its pictures."""

# %% answer="value"
class Value:
    def __init__(self, data, parents=(), rule=None, label=""):
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents
        self.rule = rule
        self.label = label

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), lambda g: (g, g), "+")

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        saved = SimpleNamespace(left=self.data, right=other.data)
        return Value(saved.left * saved.right, (self, other), lambda g: (g * saved.right, g * saved.left), "*")

    def relu(self):
        saved = SimpleNamespace(slope=1.0 if self.data > 0 else 0.0)
        return Value(self.data * saved.slope, (self,), lambda g: (g * saved.slope,), "relu")

    def backward(self):
        backpropagate(self)
