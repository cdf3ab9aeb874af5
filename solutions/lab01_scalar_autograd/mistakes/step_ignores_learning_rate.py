# fails: network_step network_learns
"""`descend` ignores the learning rate

Your step is the same whatever the learning rate is: with rate 0.1 and gradient 3 a parameter moves by 3, and it should
move by 0.3.

The gradient says in which direction, and the learning rate how far. Look for it in your update.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = bias
    for weight, x in zip(weights, inputs):
        total = total + weight * x
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= parameter.grad
        parameter.grad = 0.0
