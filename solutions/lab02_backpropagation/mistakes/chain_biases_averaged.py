# fails: chain_biases
"""Chain: bias gradients averaged over the samples

Your bias gradients are too small by the number of samples; all others are right.

The mean is in the loss, whose rule has already divided. From there on contributions of samples are added, for
biases as for weights.
"""
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    a = input @ weight1.T + bias1
    b = a.clamp(min=0)
    y = b @ weight2.T + bias2
    loss = ((y - target) ** 2).mean()
    grad_y = 2 * (y - target) / y.numel()
    grad_b = grad_y @ weight2
    grad_a = grad_b * (a > 0)
    return {
        "loss": loss,
        "y": grad_y,
        "b": grad_b,
        "a": grad_a,
        "input": grad_a @ weight1,
        "weight1": grad_a.T @ input,
        "bias1": grad_a.mean(dim=0),
        "weight2": grad_y.T @ b,
        "bias2": grad_y.mean(dim=0),
    }
