# %% answer="value"
@torch.no_grad()
def clip_by_value(parameters, clip_value):
    """Through .data and two comparisons."""
    for p in list(parameters):
        gradient = p.grad
        if gradient is not None:
            gradient.data = gradient.data
            gradient.copy_(torch.maximum(torch.minimum(gradient, torch.full_like(gradient, clip_value)),
                                         torch.full_like(gradient, -clip_value)))


# %% answer="norm"
def scale_down(gradients, length, limit):
    """Multiply by limit / length where that is less than 1."""
    if length > limit:
        for g in gradients:
            g.mul_(limit / length)


def length_of(gradients):
    """The Euclidean length of several tensors taken together."""
    squares = [torch.sum(torch.square(g)) for g in gradients]
    return torch.sqrt(torch.stack(squares).sum()) if squares else torch.zeros(())


def clip_by_norm(parameters, max_norm):
    for p in parameters:
        own = [] if p.grad is None else [p.grad]
        scale_down(own, length_of(own), max_norm)


# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    """Two helpers of its own: measure, then scale."""
    def measure(gradients):
        squares = [torch.sum(torch.square(g)) for g in gradients]
        return torch.sqrt(torch.stack(squares).sum()) if squares else torch.zeros(())

    found = [p.grad for p in parameters if p.grad is not None]
    length = measure(found)
    if error_if_nonfinite and not math.isfinite(length):
        raise RuntimeError("not finite")
    if not length <= max_norm:  # also where it is nan
        for g in found:
            g.mul_(max_norm / length)
    return length


# %% answer="step"
def clipped_step(loss, parameters, optimizer, max_norm):
    """Gradients from autograd.grad, laid into .grad by hand."""
    for p, g in zip(parameters, torch.autograd.grad(loss, parameters, allow_unused=True)):
        p.grad = None if g is None else g.clone()
    norm = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
    nn.utils.clip_grads_with_norm_(parameters, max_norm, norm)
    optimizer.step()
    return norm
