# fails: network_neuron network_gradients network_learns
"""Neuron never applies `relu`

Your neuron never applies relu: where the weighted sum is -1.5 it returns -1.5 also with activate=True, and it should
return 0.

Without a gate, two layers can do no more than one: a sum of sums is a sum. Look at what you do with `activate`.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = bias
    for weight, x in zip(weights, inputs):
        total = total + weight * x
    return total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
        parameter.grad = 0.0
