# fails: network_linear network_gradients network_learns
"""Neuron applies `relu` also with `activate=False`

Your neuron applies relu also with activate=False: where the weighted sum is -1.5 it returns 0.

The last neuron of the network gives a score, and for one of the two classes the score has to be negative. Look at
where your code asks for `activate`.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = bias
    for weight, x in zip(weights, inputs):
        total = total + weight * x
    return total.relu()


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
        parameter.grad = 0.0
