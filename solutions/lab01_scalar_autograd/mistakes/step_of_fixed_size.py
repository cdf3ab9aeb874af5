# fails: network_step network_learns
"""`descend` uses only the sign of the gradient

Your step uses only the sign of the gradient: with rate 0.1 a parameter moves by 0.1 whether its gradient is 1 or 30.

Where the loss is steep, the step should be larger; p moves by the learning rate *times* the gradient. Methods that go by
the sign exist, and have other names.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = bias
    for weight, x in zip(weights, inputs):
        total = total + weight * x
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter.data -= learning_rate * ((parameter.grad > 0) - (parameter.grad < 0))
        parameter.grad = 0.0
