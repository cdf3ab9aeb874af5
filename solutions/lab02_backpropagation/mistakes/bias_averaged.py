# fails: linear_bias
"""Linear: bias gradient averaged over the samples

Your bias gradient is too small by the number of samples: with two samples whose upstream gradients are 1 and 3
it is 2, and it should be 4.

Contributions of samples add up; they are not averaged. If the loss is a mean, its own rule has already divided, and
the layer must not do so a second time.
"""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    return grad_output @ weight, grad_output.T @ input, grad_output.mean(dim=0)
