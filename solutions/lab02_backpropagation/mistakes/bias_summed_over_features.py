# fails: linear_bias
"""Linear: bias gradient summed over the outputs

Your bias gradient has one entry for each sample, shape (N,); the bias has one for each output, shape (D_out,).

You summed along the other direction. Ask which index the bias does not have: that is the one along which a single
bias was used again and again.
"""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    return grad_output @ weight, grad_output.T @ input, grad_output.sum(dim=1)
