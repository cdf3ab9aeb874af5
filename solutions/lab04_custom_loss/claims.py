"""Numbers that the lab's prose states: each function computes some, and returns the text in which they must stand."""

import math

import torch
import torch.nn.functional as F


def worked_example():
    """The table of three logits, and their reductions."""
    z, t = torch.tensor([2.0, 0.0, -2.0]), torch.tensor([1.0, 0.0, 1.0])
    loss, p = F.binary_cross_entropy_with_logits(z, t, reduction="none"), torch.sigmoid(z)
    rows = [f"| {one:g} | {two:g} | {a:.4f} | {b:.4f} | {b - two:.4f} |".replace("-", "−") for one, two, a, b in zip(z, t, loss, p)]
    return [*rows, f"returns {loss.sum():.4f}. `backward`", f"returns {loss.mean():.4f}. `backward`"]


def first_at_which(condition, start, end):
    """The first hundredth from start to end, in float32, where the condition holds."""
    x = torch.arange(round(100 * start), round(100 * end)) / 100
    return x[condition(x)][0].item()


def limits_of_float32():
    """Where exp overflows, and where a probability rounds to 1."""
    overflow = first_at_which(lambda z: torch.exp(z).isinf(), 80, 100)
    certain = first_at_which(lambda z: torch.sigmoid(z) == 1, 10, 20)
    return [f"from $z = {overflow:.2f}$ on", f"has passed $z = {certain:.2f}$ with $t = 1$"]


def more_precise_than_pytorch():
    """A loss that PyTorch rounds to 0."""
    assert F.binary_cross_entropy_with_logits(torch.tensor(-17.0), torch.tensor(0.0)) == 0
    return f"about ${1e8 * math.log1p(math.exp(-17)):.0f} \\cdot 10^{{-8}}$. PyTorch returns exactly 0"


def sigmoid_twice():
    """The least that a loss can be after two sigmoids."""
    top = 1 / (1 + math.exp(-1))
    positive, negative = -math.log(top), -math.log(0.5)
    floor = (positive + negative) / 2
    return [f"between 0.5 and {top:.3f}", f"= {positive:.4f}$", f"= {negative:.4f}$", f"the loss stops at {floor:.4f}"]


def what_a_sum_hides(wrong):
    """How many mistakes .sum().backward() on ordinary logits does not find."""
    z = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    t = (torch.rand(5, 7, generator=torch.Generator().manual_seed(1)) > 0.5).float()
    losses = {"bce": ("bce_with_logits", F.binary_cross_entropy_with_logits), "huber": ("huber_loss", F.huber_loss)}

    def passes(mine, theirs):
        x, y = (z.clone().requires_grad_() for _ in range(2))
        try:
            found, right = mine(x, t, reduction="none"), theirs(y, t, reduction="none")
            found.sum().backward()
            right.sum().backward()
            return torch.allclose(found, right, atol=1e-5) and torch.allclose(x.grad, y.grad, atol=1e-5)
        except Exception:
            return False

    tried = [
        passes(answer.names[name], theirs) for answer in wrong for cell, (name, theirs) in losses.items() if cell in answer.cells
    ]
    return f"{sum(tried)} of the {len(tried)} wrong answers to exercises 1 and 2"
