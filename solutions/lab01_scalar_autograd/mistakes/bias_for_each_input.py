# fails: network_neuron network_linear network_gradients network_learns
"""Neuron adds the bias once for each input

Your neuron adds the bias once for each input: with weights (1, 1), bias 1 and inputs (0, 0) you get 2, and it
should be 1.

A neuron has one bias, and the formula has b once, after the sum. Look at whether it stands inside your loop.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = Value(0.0)
    for weight, x in zip(weights, inputs):
        total = total + (weight * x + bias)
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
        parameter.grad = 0.0
