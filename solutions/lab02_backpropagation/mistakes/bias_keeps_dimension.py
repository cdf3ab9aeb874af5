# fails: linear_bias
"""Linear: bias gradient has an extra dimension

Your bias gradient has shape (1, D_out); the bias has shape (D_out,).

The numbers are right, but a gradient has exactly the shape of its tensor. An extra dimension of size 1 broadcasts
unseen until some update turns the bias itself into a matrix.
"""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    return grad_output @ weight, grad_output.T @ input, grad_output.sum(dim=0, keepdim=True)
