"""Numbers that the lab's prose states: each function computes some, and returns the text in which they must stand."""

import torch
import torch.nn.functional as F

X = torch.linspace(-5, 5, 100_001, dtype=torch.float64)


def variants_of_gelu():
    """How far apart the two GELUs are, and where."""
    gap = (F.gelu(X, approximate="tanh") - F.gelu(X)).abs()
    return f"at most ${1e4 * gap.max():.1f} \\cdot 10^{{-4}}$, near $|x| = {X[gap.argmax()].abs():.1f}$"


def landmarks_of_gelu():
    """Where GELU is lowest and where it is steepest."""
    x = X.clone().requires_grad_()
    (slope,) = torch.autograd.grad(F.gelu(x).sum(), x)
    assert abs(x[slope.argmax()].item() - 2**0.5) < 1e-3
    return [f"its lowest value near $x = {X[F.gelu(X).argmin()]:.2f}$", f"the exact slope is largest, {slope.max():.4f}"]
