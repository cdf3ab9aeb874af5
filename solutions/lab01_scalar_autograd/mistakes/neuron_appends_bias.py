# fails: network_learns
"""Neuron appends its bias to the given weights

Your neuron puts its bias into the list of weights that it was given. The first call is right; from the second on the
list is too long.

A list that is handed over still belongs to the caller, here to the network, which uses it for every point. Make a new
list, or start the sum from the bias.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    weights.append(bias)
    total = sum(weight * x for weight, x in zip(weights, [*inputs, *[1.0] * (len(weights) - len(inputs))]))
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
        parameter.grad = 0.0
