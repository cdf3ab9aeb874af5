# %% answer="value"
def clip_by_value(parameters, clip_value):
    """Without clamp: masks and assignment."""
    for gradient in (p.grad for p in parameters):
        if gradient is None:
            continue
        gradient[gradient > clip_value] = clip_value
        gradient[gradient < -clip_value] = -clip_value


# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    """Lengths as Python numbers."""
    for p in parameters:
        if p.grad is None:
            continue
        length = math.sqrt(float((p.grad * p.grad).sum()))
        if length > max_norm:
            p.grad /= length / max_norm


# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    """Lengths as Python numbers, added up by hand, without an epsilon."""
    chosen = list(filter(lambda p: p.grad is not None, parameters))
    total = 0.0
    for p in chosen:
        total += float((p.grad.double() ** 2).sum())
    total = math.sqrt(total)
    if error_if_nonfinite and (math.isnan(total) or math.isinf(total)):
        raise RuntimeError(f"norm {total}")
    if not total <= max_norm:  # also where it is nan
        for p in chosen:
            p.grad *= max_norm / total
    return torch.tensor(total)


# %% answer="step"
def clipped_step(loss, parameters, optimizer, max_norm):
    for p in parameters:
        p.grad = None
    loss.backward()
    norm = clip_by_global_norm(parameters, max_norm)
    optimizer.step()
    return norm
