# fails: chain_a chain_weights chain_biases chain_input
"""Chain: ReLU's gate decided by dL/db

Your dL/da is 0 wherever dL/db is negative, and passes where ReLU was shut.

The gate was opened or shut in the forward pass, by the sign of ReLU's input. The gradient that comes back has no
say in it. Which tensor of the forward pass remembers the gate?
"""
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    a = input @ weight1.T + bias1
    b = a.clamp(min=0)
    y = b @ weight2.T + bias2
    loss = ((y - target) ** 2).mean()
    grad_y = 2 * (y - target) / y.numel()
    grad_b = grad_y @ weight2
    grad_a = grad_b * (grad_b > 0)
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
