# fails: network_step network_learns
"""`descend` goes uphill

Your step goes uphill: a parameter with a positive gradient is raised, and the loss grows from step to step.

The gradient points to where the loss rises. Look at the sign in your update.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = bias
    for weight, x in zip(weights, inputs):
        total = total + weight * x
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data += learning_rate * parameter.grad
        parameter.grad = 0.0
