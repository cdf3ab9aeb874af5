# fails: chain_weights
"""Chain: dL/dweight2 built from `a`

Your dL/dweight2 differs wherever a hidden unit was off; the other gradients are right.

The gradient of a weight needs what went into its layer. What the second layer saw is not `a` but what ReLU made of
it.
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
        "bias1": grad_a.sum(dim=0),
        "weight2": grad_y.T @ a,
        "bias2": grad_y.sum(dim=0),
    }
