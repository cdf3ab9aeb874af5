# fails: network_cleared network_learns
"""`descend` does not clear the gradients

Your step leaves the gradients where they are. The next backward() adds to them, so that the second step goes in
the direction of both losses, the third of all three, and so on.

Leaves add up: that is a convention of this lab and of PyTorch, and it makes clearing a part of every training loop.
Look at what the docstring of descend asks for besides the step.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = bias
    for weight, x in zip(weights, inputs):
        total = total + weight * x
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
