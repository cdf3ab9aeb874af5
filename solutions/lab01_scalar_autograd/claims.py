"""Numbers that the lab's prose states: each function computes some, and returns the text in which they must stand."""


def values_of_a_step(right):
    """How many Values one training step makes."""
    made, start = [], right["Value"].__init__

    def counted(self, *args, **more):
        made.append(1)
        start(self, *args, **more)

    network = right["Network"](2, 12)
    right["Value"].__init__ = counted
    right["hinge_loss"](network, [[0.1 * i, 0.2] for i in range(32)], [1.0] * 32)
    right["Value"].__init__ = start
    return f"about {round(len(made), -1):,} `Value`s are made"


def second_pass(right):
    """What one and two calls of backward leave on a leaf."""
    a = right["Value"](2.0)
    square = a * a
    c = square * square
    c.backward()
    once = a.grad
    c.backward()
    return [f"4a^3 = {once:g}$", f"should leave ${a.grad:g}$ on `a`"]


def diamond(right):
    """The gradient of b*b + b with b = 3a."""
    a = right["Value"](2.0)
    b = a * 3.0
    (b * b + b).backward()
    return [f"meets $q$ before $b$ and gets {a.grad:g}", f"arrived, {b.grad:g} in all"]
