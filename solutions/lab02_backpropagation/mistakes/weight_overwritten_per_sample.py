# fails: linear_weight
"""Linear: weight gradient of the last sample only

Your weight gradient holds the contribution of the last sample only; with a batch of one it is right.

Where a value is used several times, its contributions add up. Look at what the loop over samples does with the
result of the round before.
"""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    grad_weight = torch.zeros_like(weight)
    for n in range(input.shape[0]):
        grad_weight = torch.outer(grad_output[n], input[n])
    return grad_output @ weight, grad_weight, grad_output.sum(dim=0)
