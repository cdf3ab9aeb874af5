# fails: network_step network_cleared network_learns
"""`descend` changes new Values, not the parameters

Your step changes nothing: after descend, each parameter has the number and the gradient that it had before.

An assignment to the loop's variable gives that name to a new object, and the network still holds the old ones. The
step has to change a number *inside* the Values that it was given. Nobody wants the derivative of the step, so it need
not be computed with Values either.
"""

# %% answer="network"
def neuron(weights, bias, inputs, activate=True):
    total = bias
    for weight, x in zip(weights, inputs):
        total = total + weight * x
    return total.relu() if activate else total


def descend(parameters, learning_rate):
    for parameter in parameters:
        parameter = parameter + parameter.grad * -learning_rate
        parameter.grad = 0.0
