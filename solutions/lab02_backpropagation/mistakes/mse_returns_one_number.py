# fails: mse_gradient mse_upstream
"""MSE: gradient is a single number

You return a single number where a gradient for each entry of the prediction is wanted, shape (N, D).

The loss is one number, its gradient is as large as the prediction: every entry has its own slope. Differentiate
with respect to one entry; the other terms of the sum vanish, they are not added up.
"""
# %% answer="mse"
def mse_backward(grad_output, prediction, target):
    return grad_output * 2 * (prediction - target).mean()
