# fails: chain_start chain_b chain_a chain_weights chain_biases chain_input
"""Chain: loss gradient divided by the samples only

Your loss is right and all your gradients are too large by the same factor, the number of outputs; with one
output they are right.

The loss is the mean over all N times D_out entries. Your first backward line divides by N alone, and everything to
its left inherits the factor.
"""
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    a = input @ weight1.T + bias1
    b = a.clamp(min=0)
    y = b @ weight2.T + bias2
    loss = ((y - target) ** 2).mean()
    grad_y = 2 * (y - target) / y.shape[0]
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
