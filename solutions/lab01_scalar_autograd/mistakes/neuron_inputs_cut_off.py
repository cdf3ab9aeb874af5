# fails: network_gradients network_learns
"""Neuron lets no gradient through to its inputs

No gradient reaches the inputs of your neuron, only its weights and its bias: your sum uses the bare numbers of inputs
that are Values.

In a network of two layers the inputs of the second are the results of the first, and all gradients of the first layer
come through them. `weight * x` takes Values and numbers alike.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = bias
    for weight, x in zip(weights, inputs):
        total = total + weight * getattr(x, "data", x)
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
        parameter.grad = 0.0
