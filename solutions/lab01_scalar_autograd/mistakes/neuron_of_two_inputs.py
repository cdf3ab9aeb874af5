# fails: network_neuron network_linear network_gradients network_learns
"""Neuron takes exactly two inputs

Your neuron takes exactly two inputs: with one it ends in an error, and the third and later ones are ignored.

n can be any number: the hidden layer decides how many inputs the next one has. `zip` gives the pairs of weights and
inputs, as many as there are.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = weights[0] * inputs[0] + weights[1] * inputs[1] + bias
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
        parameter.grad = 0.0
