# fails: network_step network_cleared network_learns
"""`descend` moves the first parameter only

Your step moves and clears the first parameter only; all others stay as they are.

A `return` inside a loop ends the function. Look at how far yours is indented.
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
        parameter.grad = 0.0
        return
