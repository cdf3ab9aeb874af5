# fails: global_norm_clips global_norm_in_place
"""By global norm: `.grad` replaced by a new tensor

p.grad is another tensor after clip_by_global_norm: whoever held the old one, as in g = p.grad, still sees the numbers
before clipping.

The lab asks for a change in place. An assignment to p.grad puts a new tensor beside the old one; tensor methods whose
names end in an underscore write into the tensor itself.
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
            p.grad = p.grad * factor
    return total_norm
