# fails: chain_weights
"""Chain: weight gradients lie on their sides

Your dL/dweight1 and dL/dweight2 lie on their sides: with 3 features and 5 hidden units dL/dweight1 has shape (3,
5), while weight1 has shape (5, 3).

A gradient has the shape of its tensor. If the order of the two factors leaves you in doubt, write down both shapes
and see which index ends up first.
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
        "weight1": input.T @ grad_a,
        "bias1": grad_a.sum(dim=0),
        "weight2": b.T @ grad_y,
        "bias2": grad_y.sum(dim=0),
    }
