# fails: linear_input linear_weight
"""Linear: gradients of input and weight swapped

The first thing you return has the shape of the weight and the second that of the input.

The order of gradients is part of the contract: autograd gives them to the inputs by position. See the docstring:
input, weight, bias.
"""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    return grad_output.T @ input, grad_output @ weight, grad_output.sum(dim=0)
