# fails: mse_gradient mse_upstream
"""MSE: gradient divided by the samples only

Your gradient is D times too large, where D is the number of outputs of a sample; with one output it is right.

The loss is the mean over all N times D entries, as in `F.mse_loss`, not over the N samples. Look at the factor
before the double sum.
"""
# %% answer="mse"
def mse_backward(grad_output, prediction, target):
    return grad_output * 2 * (prediction - target) / prediction.shape[0]
