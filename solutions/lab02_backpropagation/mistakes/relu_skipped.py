# fails: chain_a chain_weights chain_biases chain_input
"""Chain: ReLU skipped on the way back

Your dL/da equals your dL/db everywhere, also where `a` is negative and ReLU was shut.

Either ReLU's rule is missing on the way back, or its condition is always true. A condition on `b` such as b >= 0
always is, since b is never negative.
"""
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    a = input @ weight1.T + bias1
    b = a.clamp(min=0)
    y = b @ weight2.T + bias2
    loss = ((y - target) ** 2).mean()
    grad_y = 2 * (y - target) / y.numel()
    grad_b = grad_y @ weight2
    grad_a = grad_b
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
