# fails: global_norm_clips global_norm_in_place global_norm_weights
"""By global norm: weights are scaled, too

The weights are scaled together with the gradients.

Clipping prepares the gradients for the optimizer; the weights move later, in optimizer.step(), and nowhere else. Look
at what stands on the left of your changes.
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    parameters = [p for p in parameters if p.grad is not None]
    if len(parameters) == 0:
        return torch.tensor(0.0)
    total_norm = torch.sqrt(sum(p.grad.pow(2).sum() for p in parameters))
    if error_if_nonfinite and not torch.isfinite(total_norm):
        raise RuntimeError("the norm of the gradients is not finite")
    factor = max_norm / (total_norm + 1e-6)
    if not factor >= 1:
        for p in parameters:
            p.grad.mul_(factor)
            p.data.mul_(factor)
    return total_norm
