# fails: chain_start chain_b chain_a chain_weights chain_biases chain_input
"""Chain: all gradients half of what they should be

Your loss is right and all your gradients are half of what they should be.

One factor was lost at the very start, in the rule of the loss, and everything to the left inherits it. What does
the derivative of a square bring down?
"""
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    a = input @ weight1.T + bias1
    b = a.clamp(min=0)
    y = b @ weight2.T + bias2
    loss = ((y - target) ** 2).mean()
    grad_y = (y - target) / y.numel()
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
