# fails: linear_weight
"""Linear: weight gradient averaged over the samples

Your weight gradient is too small by the factor N, the number of samples; with a batch of one it is right.

The contributions of the samples add up. The 1/N of a mean belongs to the rule of the loss, which has already
applied it to the upstream gradient that you receive.
"""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    return grad_output @ weight, grad_output.T @ input / input.shape[0], grad_output.sum(dim=0)
