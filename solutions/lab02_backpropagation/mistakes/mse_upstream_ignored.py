# fails: mse_upstream
"""MSE: the upstream gradient is ignored

Your gradient is the same for `grad_output` = 1 and `grad_output` = 0.5; it should be half as large in the second
case.

The loss need not be the end: somebody may add it to another loss with a weight. Then what arrives is that weight
and not 1, and every rule multiplies by what arrives.
"""
# %% answer="mse"
def mse_backward(grad_output, prediction, target):
    return 2 * (prediction - target) / prediction.numel()
