# fails: chain_start chain_b chain_a chain_weights chain_biases chain_input
"""Chain: no ReLU in the forward pass

Your loss itself is off as soon as one hidden unit is negative, so no gradient can be right.

Compare your forward pass with the picture, station by station: Linear, ReLU, Linear, MSE. The backward pass knows
of ReLU, the forward pass does not.
"""
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    a = input @ weight1.T + bias1
    b = a
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
        "weight2": grad_y.T @ b,
        "bias2": grad_y.sum(dim=0),
    }
