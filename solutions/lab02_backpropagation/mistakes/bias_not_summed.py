# fails: linear_bias
"""Linear: bias gradient has a row for each sample

Your bias gradient still has a row for each sample: shape (N, D_out) where the bias has (D_out,).

One bias serves every sample of the batch, so what arrives from the samples adds up. Inside a
`torch.autograd.Function` PyTorch would quietly do that sum for you; by hand nobody does.
"""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    return grad_output @ weight, grad_output.T @ input, grad_output
