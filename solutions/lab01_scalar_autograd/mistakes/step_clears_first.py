# fails: network_step network_learns
"""`descend` clears the gradients before the step

Your step changes no parameter: the gradients are set to 0 before they are used.

The order of the two lines decides: first the step, which needs the gradient, then the clean start for the next pass.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = bias
    for weight, x in zip(weights, inputs):
        total = total + weight * x
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.grad = 0.0
        parameter.data -= learning_rate * parameter.grad
