# fails: network_gradients network_learns
"""Neuron lets no gradient through

The values of your neuron are right, but no gradient reaches its weights: it computes with the bare numbers and
wraps the result.

A Value that is made from a number is a leaf, with nothing behind it. As long as you add and multiply *Values*, your
class records what happens. Look for .data in your neuron.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    numbers = [x.data if isinstance(x, Value) else x for x in inputs]
    total = bias.data + sum(weight.data * x for weight, x in zip(weights, numbers))
    return Value(max(0.0, total) if activate else total)


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
        parameter.grad = 0.0
