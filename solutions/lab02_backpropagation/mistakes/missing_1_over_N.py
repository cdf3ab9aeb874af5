# fails: mse_gradient mse_upstream
"""MSE: gradient of the sum of squares

Your gradient is too large by the number of entries, N times D; with a single entry it is right.

You differentiated the sum of squares. The loss is their mean, and its factor stays there when you differentiate.
"""
# %% answer="mse"
def mse_backward(grad_output, prediction, target):
    return grad_output * 2 * (prediction - target)
