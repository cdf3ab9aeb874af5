# fails: network_neuron network_gradients network_learns
"""Neuron adds the bias after `relu`

Your neuron adds the bias after relu: with weight 1, bias 2 and input -1 it returns 2, and it should return relu(1) = 1.

The bias decides where the gate opens, so it has to be in the sum that goes through it. Look at the order of the two.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = sum(weight * x for weight, x in zip(weights, inputs))
    return (total.relu() if activate else total) + bias


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
        parameter.grad = 0.0
