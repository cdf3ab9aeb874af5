# fails: global_norm_in_place edge_generator
"""By global norm: no change for a generator

With model.parameters() the norm is right but no gradient changes; with a list all is well.

model.parameters() is a generator: after the first loop it is used up, and the second loop runs over nothing, without
an error. Make a list of it first.
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    squares = torch.tensor(0.0)
    for p in parameters:
        if p.grad is not None:
            squares = squares + p.grad.pow(2).sum()
    total_norm = squares.sqrt()
    if error_if_nonfinite and not torch.isfinite(total_norm):
        raise RuntimeError("the norm of the gradients is not finite")
    factor = max_norm / (total_norm + 1e-6)
    if not factor >= 1:
        for p in parameters:
            if p.grad is not None:
                p.grad.mul_(factor)
    return total_norm
