# fails: chain_input
"""Chain: dL/dinput built from dL/db

Only dL/dinput is wrong: it still contains the hidden units that ReLU had shut off.

The first layer's output is `a`, so its rule starts from the gradient at `a`. You started one station too early; go
from right to left without skipping any.
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
        "input": grad_b @ weight1,
        "weight1": grad_a.T @ input,
        "bias1": grad_a.sum(dim=0),
        "weight2": grad_y.T @ b,
        "bias2": grad_y.sum(dim=0),
    }
