# fails: linear_input linear_weight linear_bias
"""Linear: weight transposed on the way back

`linear_backward` stops with a shape error as soon as the layer is not square, for example with 3 features in and
4 out: the product for the input's gradient does not fit.

The forward pass used the weight transposed, so the way back does not. Sum over outputs: the index that is summed
must stand last in the left factor and first in the right one. Write both shapes down before multiplying.
"""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    grad_input = grad_output @ weight.T
    grad_weight = grad_output.T @ input
    grad_bias = grad_output.sum(dim=0)
    return grad_input, grad_weight, grad_bias
