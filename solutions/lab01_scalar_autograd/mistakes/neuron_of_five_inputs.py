# fails: network_neuron network_linear network_gradients
"""Neuron takes five inputs at most

Your neuron takes five inputs at most and ignores the others: with six weights of 1, bias 0 and six inputs of 1 it
returns 5, and it should return 6.

n can be any number: the hidden layer decides how many inputs the next one has. Look for a number in your loop.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = bias
    for weight, x in list(zip(weights, inputs))[:5]:
        total = total + weight * x
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
        parameter.grad = 0.0
