"""Value is a dict, and its attributes are its entries."""

# %% answer="value"
class Value(dict):
    def __init__(self, data, parents=(), rule=None, label=""):
        dict.__init__(self, data=float(data), grad=0.0, parents=parents, rule=rule, label=label)

    def __getattr__(self, name):
        return self[name]

    def __setattr__(self, name, value):
        self[name] = value

    def __hash__(self):
        return id(self)

    def __eq__(self, other):
        return self is other

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), lambda g: (g, g), "+")

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")

    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g * (self.data > 0),), "relu")

    def backward(self):
        backpropagate(self)
