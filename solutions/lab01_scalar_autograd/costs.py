"""What answers are timed on, by answer cell; see autograder/commands/costs.py."""


def expression(names):
    """Forty operations in which everything is used twice, and the walk back."""
    a, b = names["Value"](1.01), names["Value"](0.99)
    for _ in range(8):
        a, b = a * 0.9 + b * 0.1, (a * b).relu()
    (a + b).backward()


def arithmetic(names):
    """Thirty operators of exercise 3, and the walk back."""
    total = names["Value"](1.0)
    for number in range(6):
        total = 1 - (total - number) + 2 * -total
    total.backward()


def step(names):
    """The loss of four points, its gradients, and a step downhill."""
    network = names["Network"](2, 8)
    loss = names["hinge_loss"](network, [[0.1, 0.9], [0.5, 0.4], [1.0, 0.0], [0.3, 0.3]], [1.0, -1.0, 1.0, -1.0])
    loss.backward()
    names["descend"](network.parameters(), 0.1)


def powers(names):
    """A hundred powers in a sum, and the walk back."""
    a = names["Value"](1.5)
    total = a
    for exponent in range(2, 102):
        total = total + names["power"](a, 1.0 / exponent)
    total.backward()


WORK = {"value": expression, "backward": expression, "operators": arithmetic, "network": step, "power": powers}
