# fails: mse_gradient mse_upstream
"""MSE: gradient half of what it should be

Your gradient is half of what it should be in every entry.

The derivative of a square brings down a factor. Some textbooks put one half before the loss to cancel it; the loss
of this lab has none.
"""
# %% answer="mse"
def mse_backward(grad_output, prediction, target):
    return grad_output * (prediction - target) / prediction.numel()
