# fails: network_neuron network_linear network_gradients network_learns
"""Neuron leaves out the bias

Your neuron leaves out the bias: with weight 1, bias 1 and input 2 it returns 2, and it should return 3. The bias gets
no gradient.

Without a bias the neuron's fold always goes through 0. The formula has b at its end; look for it in your sum.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = Value(0.0)
    for weight, x in zip(weights, inputs):
        total = total + weight * x
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
        parameter.grad = 0.0
