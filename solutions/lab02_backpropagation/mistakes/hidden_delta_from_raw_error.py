# fails: chain_b chain_a chain_weights chain_biases chain_input
"""Chain: dL/db built from the plain error

Your dL/dy is right, but dL/db is not built from it: it is off by the same factor in every entry.

You sent the plain error y - target through the second layer. What travels to the left is always the gradient that
has just been computed, with all its factors; after the loss, the error itself is needed no more.
"""
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    a = input @ weight1.T + bias1
    b = a.clamp(min=0)
    y = b @ weight2.T + bias2
    loss = ((y - target) ** 2).mean()
    grad_y = 2 * (y - target) / y.numel()
    error = y - target
    grad_b = error @ weight2
    grad_a = grad_b * (a > 0)
    return {
        "loss": loss,
        "y": grad_y,
        "b": grad_b,
        "a": grad_a,
        "input": grad_a @ weight1,
        "weight1": grad_a.T @ input,
        "bias1": grad_a.sum(dim=0),
        "weight2": grad_y.T @ b,
        "bias2": grad_y.sum(dim=0),
    }
