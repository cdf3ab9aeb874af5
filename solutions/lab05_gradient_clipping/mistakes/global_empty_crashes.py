# fails: global_norm_returns_number edge_empty edge_all_none
"""By global norm: error without any gradient

clip_by_global_norm stops with an error when there is no gradient at all, as with an empty list.

An empty sum is 0, so the norm of no gradients is 0. PyTorch's function had this bug, too. Look at which of your steps
cannot do with an empty list.
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    parameters = [p for p in parameters if p.grad is not None]
    total_norm = torch.stack([p.grad.norm() for p in parameters]).norm()
    if error_if_nonfinite and not torch.isfinite(total_norm):
        raise RuntimeError("the norm of the gradients is not finite")
    factor = max_norm / (total_norm + 1e-6)
    if not factor >= 1:
        for p in parameters:
            p.grad.mul_(factor)
    return total_norm
