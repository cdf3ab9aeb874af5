# fails: mse_gradient mse_upstream
"""MSE: gradient has the wrong sign

Your gradient has the wrong sign: for a prediction of 5 and a target of 4 it is negative, although a larger
prediction makes this loss larger.

The square does not care for the order of the difference, its derivative does: you want the slope with respect to
the prediction, so the inner derivative has to be +1.
"""
# %% answer="mse"
def mse_backward(grad_output, prediction, target):
    return grad_output * 2 * (target - prediction) / prediction.numel()
