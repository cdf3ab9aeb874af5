# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   autograder:
#     title: "Custom losses"
#     order: 5
#     difficulty: medium
#     minutes: 75
#     summary: "Write losses that stay finite at logits of 1000, with backward passes and reductions of your own."
#     needs: "what a `torch.autograd.Function` is; logarithms"
#     feedback: hint
#     exercises:
#       - goal: "write a loss that is right at any logit, with the gradient of the formula and not of its pieces"
#         tests: [forward, stable, backward, reduction, contract]
#         minutes: 45
#         difficulty: medium
#       - goal: "write a loss of two pieces that meet, with gradients for both of its inputs"
#         tests: [huber]
#         minutes: 30
#         difficulty: medium
#       - goal: "differentiate a product of two factors without a power that overflows"
#         tests: [focal]
#         minutes: 25
#         difficulty: hard
# ---

# %% [markdown]
# # Lab 04: Losses that survive logits of 1000
#
# | | |
# |---|---|
# | **Difficulty** | medium |
# | **Time** | 75 minutes, and 25 for the extra credit |
# | **You need** | `torch.autograd.Function` with `forward` and `backward` (Lab 03), the chain rule |
# | **You will be able to** | find where a formula overflows, and rewrite it with the log-sum-exp trick |
# | | derive the gradient of a loss and write it as a `torch.autograd.Function` |
# | | carry `none`, `mean` and `sum` through the forward and the backward pass |
# | | tell a loss that is bounded from one whose gradient is |
# | **Points** | 20: forward 2 · stable 4 · backward 4 · reduction 3 · contract 2 · huber 5; 3 more for the extra credit |

# %% [markdown]
# ## The problem
#
# A classifier ends in one number, the **logit** $z$. It is squashed to a probability $p = \sigma(z) = 1/(1+e^{-z})$
# and compared with a target $t$ by **binary cross-entropy**:
#
# $$L(z, t) = -\,t \log p \;-\; (1-t)\log(1-p), \qquad p = \sigma(z)$$
#
# On paper that is all there is to it. Typed into PyTorch just so, it breaks, and at logits that any
# confident network reaches. Run the next two cells and look at the columns on the left.

# %% given="imports"
import math

import torch
import torch.nn.functional as F

# %% demo="naive_table"
def naive_bce(z, t):
    """The formula from the blackboard, typed as it stands."""
    p = torch.sigmoid(z)
    return -t * torch.log(p) - (1 - t) * torch.log(1 - p)


print("  logit  target |  typed as it stands    |  the true values")
print("                |     loss     gradient  |     loss     gradient")
for z_value, t_value in [
    (2.0, 1.0),
    (-2.0, 1.0),
    (20.0, 0.0),
    (-90.0, 1.0),
    (1000.0, 0.0),
    (1000.0, 1.0),
]:
    z = torch.tensor(z_value, requires_grad=True)
    loss = naive_bce(z, torch.tensor(t_value))
    loss.backward()
    z64 = torch.tensor(z_value, dtype=torch.float64, requires_grad=True)
    truth = F.binary_cross_entropy_with_logits(z64, torch.tensor(t_value, dtype=torch.float64))
    truth.backward()
    print(
        f"{z_value:7.0f} {t_value:7.0f} | {loss.item():8.4g} {z.grad.item():12.4g}  | "
        f"{truth.item():8.4g} {z64.grad.item():12.4g}"
    )

# %% [markdown]
# At $z = 20,\ t = 0$ the network is wrong and should be told so firmly: loss 20, gradient 1. The naive code says
# `inf` and `nan` instead. One `nan` gradient, one optimizer step, and every weight of the network is `nan`.
#
# **Your job:** a loss that is right at $z = \pm 1000$, as an autograd `Function` with a backward pass of your own.
# Then a second loss of a different kind, **Huber**, and for extra credit a third, **focal**.
#
# ## Why it matters
#
# * Every binary classifier, multi-label tagger, object detector and GAN discriminator trains on this loss.
# * PyTorch got it wrong, twice. The first version had gradient 0 instead of 0.5 at $z = 0,\ t = 0$
#   ([issue 2298](https://github.com/pytorch/pytorch/issues/2298)); the repair put `inf` at $z = -100$ until a missing
#   minus sign was found ([pull request 2221](https://github.com/pytorch/pytorch/pull/2221)). You will meet both bugs
#   below.
# * The cure, **log-sum-exp**, is the same one that keeps softmax, attention, mixture models and CRFs alive.

# %% [markdown]
# ## The trick: shift before you exponentiate
#
# Put $p = \sigma(z)$ into the formula and simplify. The two logarithms collapse into one:
#
# $$L(z,t) = \log(1 + e^{z}) - t\,z$$
#
# Check it: with $t=1$ it is $\log(1+e^z) - z = \log(1+e^{-z}) = -\log\sigma(z)$. With $t=0$ it is
# $\log(1+e^z) = -\log(1-\sigma(z))$.
#
# The probability, which rounds to exactly 0 or 1, is gone. What can still overflow is $e^z$: in float32 it is `inf`
# from $z = 88.73$ on. But $\log(1+e^z)$ is a **log-sum-exp**, $\log(e^0 + e^z)$, and for any number $m$
#
# $$\log(e^{0} + e^{z}) \;=\; m + \log\left(e^{0-m} + e^{z-m}\right).$$
#
# Choose $m = \max(0, z)$. Now the larger exponent is exactly 0 and the other one is negative: nothing can overflow,
# and what underflows was too small to matter. (The code of pictures is folded in this notebook; click on the
# dots to open it.)

# %% demo="shift_diagram" jupyter={"source_hidden": true}
import base64
from html import escape

from IPython.display import display


class Picture:
    """An SVG picture, and words that say what it shows: for screen readers, and wherever
    pictures cannot be shown."""

    def __init__(self, svg, words):
        self.svg, self.words = svg, words

    def __repr__(self):
        return self.words

    def _repr_html_(self):  # as an image: also shown where a notebook is not trusted
        data = base64.b64encode(self.svg.encode()).decode()
        return f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(self.words)}">'

def shift_diagram():
    """Two number lines as an SVG string: the exponents 0 and 1000 before and after subtracting
    their maximum."""
    left, right, zero, per_unit = 30, 870, 450, 0.36

    def row(y, exponents, caption, color):
        parts = [
            f'<text x="{left}" y="{y - 52}" font-size="15" font-weight="bold" '
            f'fill="#222">{caption}</text>',
            f'<rect x="{zero + 88.7 * per_unit:.0f}" y="{y - 14}" '
            f'width="{right - zero - 88.7 * per_unit:.0f}" '
            f'height="28" fill="#D55E00" opacity="0.25"/>',
            f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}" stroke="#444" '
            'stroke-width="1.5"/>',
        ]
        for tick in (-1000, -500, 0, 500, 1000):
            x = zero + tick * per_unit
            parts.append(
                f'<line x1="{x}" y1="{y - 4}" x2="{x}" y2="{y + 4}" stroke="#444"/>'
                f'<text x="{x}" y="{y + 30}" font-size="12" text-anchor="middle" '
                f'fill="#444">{str(tick).replace("-", chr(0x2212))}</text>'
            )
        for exponent, label in exponents:
            x = zero + exponent * per_unit
            parts.append(
                f'<circle cx="{x}" cy="{y}" r="7" fill="{color}"/>'
                f'<text x="{x}" y="{y - 22}" font-size="14" text-anchor="middle" '
                f'fill="{color}">'
                f"{label}</text>"
            )
        return "".join(parts)

    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 300" width="900" '
        'height="300" font-family="sans-serif">'
        '<rect width="900" height="300" fill="white"/>'
        + row(
            80,
            [(0, "exp(0) = 1"), (1000, "exp(1000) = inf")],
            "Before: the exponents 0 and z, here z = 1000",
            "#D55E00",
        )
        + f'<text x="{zero + 190}" y="60" font-size="12" text-anchor="middle" fill="#933f00">'
        "float32 overflows beyond 88.7</text>"
        + '<text x="450" y="140" font-size="14" text-anchor="middle" fill="#222">'
        "subtract m = max(0, z) from both, add it back outside the logarithm</text>"
        + row(
            230,
            [(-1000, "exp(−1000) = 0"), (0, "exp(0) = 1")],
            "After: 1000 + log(exp(−1000) + exp(0)) = 1000, exactly",
            "#0072B2",
        )
        + "</svg>"
    )


display(
    Picture(
        shift_diagram(),
        "Before: the exponents 0 and z = 1000. float32 overflows beyond 88.7: exp(1000) "
        "is inf. After subtracting m = max(0, z) = 1000: the exponents −1000 and 0. "
        "exp(−1000) = 0 and exp(0) = 1, so the result is 1000 + log(0 + 1) = 1000, exactly.",
    )
)

# %% [markdown]
# ## A worked example
#
# Three logits $z = (2,\ 0,\ -2)$ with targets $t = (1,\ 0,\ 1)$:
#
# | $z$ | $t$ | loss | $\sigma(z)$ | gradient $\sigma(z) - t$ |
# |---:|---:|---:|---:|---:|
# | 2 | 1 | 0.1269 | 0.8808 | −0.1192 |
# | 0 | 0 | 0.6931 | 0.5000 | 0.5000 |
# | −2 | 1 | 2.1269 | 0.1192 | −0.8808 |
#
# The gradient is as simple as it looks: **prediction minus target**, always between −1 and 1. Then the reductions:
#
# * `"none"` returns the three losses. `backward` is handed three upstream gradients, one for each.
# * `"sum"` returns 2.9470. `backward` is handed **one** number, which goes to every element.
# * `"mean"` returns 0.9823. `backward` is handed one number, and every element gets **a third** of it.

# %% [markdown]
# ## Exercise 1: binary cross-entropy with logits
#
# ### Requirements
#
# 1. `bce_with_logits(logits, targets, reduction="mean")` goes through your `BCEWithLogitsFunction`. Its gradient
#    comes from your `backward`, not from operations that autograd recorded.
# 2. Any shape (a single number, too), float32 and float64; the result keeps the dtype. Targets may be **soft**, such
#    as 0.9 for label smoothing.
# 3. Loss and gradient are finite and right for every $|z| \le 1000$. At $z = 0$ the gradient is $0.5 - t$.
# 4. The upstream gradient counts: `(3 * loss).backward()` gives three times the gradient.
# 5. Targets are data: their gradient is `None`.
# 6. `ValueError` if the shapes of logits and targets differ, or if the reduction is none of the three.
# 7. Logits, targets and the upstream gradient are left as they came.
#
# **From scratch** means: your loss does not get its result from PyTorch's finished ones
# (`F.binary_cross_entropy_with_logits`, `nn.BCEWithLogitsLoss`, `F.binary_cross_entropy`, `F.cross_entropy`,
# `F.soft_margin_loss`, `F.huber_loss`, `F.smooth_l1_loss`). An answer that does earns nothing. Building blocks such as `torch.log1p`, `F.softplus`, `F.logsigmoid` or `torch.logsumexp` are
# welcome, and in cells of your own you may compare with whatever you like.
#
# Write your code where it says `# YOUR CODE HERE`, and delete the line `raise NotImplementedError(...)` below it.
#
# **Points.** The grader runs your answer cells and asks them for losses and gradients at inputs of its own, drawn
# afresh for every run. The visible tests below show what it asks for: forward 2, stable 4, backward 4, reduction 3,
# contract 2, huber 5; 20 in all, and 3 extra for focal.

# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    """Binary cross-entropy of logits against targets, reduced, with a backward of its own."""

    @staticmethod
    def forward(
        ctx, logits: torch.Tensor, targets: torch.Tensor, reduction: str
    ) -> torch.Tensor:
        """The loss, finite for every |logit| <= 1000.

        Args:
            ctx: save here what backward needs.
            logits: any shape, float32 or float64.
            targets: shape and dtype of logits, values in [0, 1].
            reduction: "none", "mean" or "sum".

        Returns:
            dtype of logits; the shape of logits for "none", otherwise a single number of shape
            ().
        """
        ### BEGIN SOLUTION
        ctx.save_for_backward(logits, targets)
        ctx.reduction = reduction
        loss = logits.clamp(min=0) - logits * targets + torch.log1p(torch.exp(-logits.abs()))
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss
        ### END SOLUTION
        raise NotImplementedError(
            "BCEWithLogitsFunction.forward: compute the stable loss, then reduce it"
        )

    @staticmethod
    def backward(ctx, grad_output: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """The gradient for each input of forward.

        Args:
            grad_output: dL/d(result): the shape of logits for "none", otherwise shape ().

        Returns:
            (gradient of shape and dtype of logits, None for targets, None for reduction)
        """
        ### BEGIN SOLUTION
        logits, targets = ctx.saved_tensors
        grad_logits = grad_output * (torch.sigmoid(logits) - targets)
        if ctx.reduction == "mean":
            grad_logits = grad_logits / logits.numel()
        return grad_logits, None, None
        ### END SOLUTION
        raise NotImplementedError(
            "BCEWithLogitsFunction.backward: return one gradient for each input of forward"
        )


def bce_with_logits(
    logits: torch.Tensor, targets: torch.Tensor, reduction: str = "mean"
) -> torch.Tensor:
    """Binary cross-entropy with logits, as F.binary_cross_entropy_with_logits computes it.

    Raises:
        ValueError: the shapes differ, or the reduction is not "none", "mean" or "sum".
    """
    ### BEGIN SOLUTION
    if logits.shape != targets.shape:
        raise ValueError(f"logits have shape {tuple(logits.shape)} but targets have {tuple(targets.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"reduction must be 'none', 'mean' or 'sum', not {reduction!r}")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)
    ### END SOLUTION
    raise NotImplementedError(
        "bce_with_logits: check shapes and reduction, then apply BCEWithLogitsFunction"
    )

# %% [markdown]
# <details>
# <summary><b>Hint 1: Where do I start?</b></summary>
#
# With `reduction="none"` and ordinary logits. Get the formula $\log(1+e^z) - t\,z$ to pass the first visible test,
# naive as it is. Then make it survive $\pm 1000$, then write `backward`, then the reductions. Each test cell below
# covers one of these steps.
#
# </details>
#
# <details>
# <summary><b>Hint 2: How do I write the shifted formula for whole tensors?</b></summary>
#
# With $m = \max(0, z)$ the two exponents $0 - m$ and $z - m$ are $-z$ and $0$ when $z$ is positive, $0$ and $z$ when
# it is negative. Either way one of them is $0$ and the other is $-|z|$. So the logarithm is always
# $\log(1 + e^{-|z|})$, without any case distinction.
#
# </details>
#
# <details>
# <summary><b>Hint 3: The formula, nearly written out</b></summary>
#
# $$L = \max(z, 0) \;-\; t\,z \;+\; \log(1 + e^{-|z|})$$
#
# Three terms, and `clamp`, `abs`, `exp` and `log1p` write them. `torch.log1p(x)` is $\log(1+x)$ without losing a
# small $x$: in float32 `1 + 1e-8` is just 1.
#
# </details>
#
# <details>
# <summary><b>Hint 4: I differentiated those three terms and now z = 0 is off</b></summary>
#
# $\max(z,0)$ and $|z|$ each have a kink at 0. In the sum the kinks cancel, but a derivative taken term by term must
# pick a slope for each, and `sign(0) = 0` with `z > 0` being false picks a pair that does not fit. That was PyTorch's
# first bug. Differentiate the smooth formula $\log(1+e^z) - t\,z$ instead: the derivative of its first part is a
# function you know well.
#
# </details>
#
# <details>
# <summary><b>Hint 5: What does backward do about the reduction?</b></summary>
#
# `mean` is a sum times $1/N$, and a constant factor goes into the derivative too. $N$ counts **all** elements, not
# only the rows. The upstream gradient of a sum or mean is a single number; multiplying it with a tensor of the right
# shape spreads it out by broadcasting. Keep the reduction's name as an attribute of `ctx`: it is not a tensor.
#
# </details>

# %% [markdown]
# ### Test your work

# %% test="forward" points=2
logits = torch.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
targets = torch.tensor([0.0, 1.0, 0.0, 0.25, 1.0])
mine = bce_with_logits(logits, targets, reduction="none")
assert isinstance(mine, torch.Tensor), (
    f"bce_with_logits returned {mine!r}, not a tensor: is there a return?"
)
assert mine.shape == (5,), (
    f"with reduction='none' your loss has shape {tuple(mine.shape)}, expected (5,)"
)
for z, t, got, want in zip(
    logits, targets, mine.tolist(), [0.1269, 0.9741, 0.6931, 0.8491, 0.1269]
):
    assert math.isclose(got, want, abs_tol=1e-4), (
        f"at z = {z:g}, t = {t:g} your loss is {got:.4f}, expected {want:.4f}"
    )

zeros, ones = torch.zeros(2, 3, dtype=torch.float64), torch.ones(2, 3, dtype=torch.float64)
double = bce_with_logits(zeros, ones, reduction="none")
assert double.shape == (2, 3), (
    f"logits of shape (2, 3) gave a loss of shape {tuple(double.shape)}"
)
assert double.dtype == torch.float64, (
    f"float64 logits gave a {double.dtype} loss, expected a float64 one"
)
print("forward: the visible tests pass")

# %% test="stable" points=4
z = torch.tensor([1000.0, -1000.0, 90.0, -90.0, 20.0, -20.0])
for t, want in [
    (0.0, [1000.0, 0.0, 90.0, 0.0, 20.0, 0.0]),
    (1.0, [0.0, 1000.0, 0.0, 90.0, 0.0, 20.0]),
]:
    logits = z.clone().requires_grad_()
    mine = bce_with_logits(logits, torch.full_like(z, t), reduction="none")
    for z_i, got, right in zip(z, mine.tolist(), want):
        assert math.isclose(got, right, abs_tol=1e-6), (
            f"at z = {z_i:g}, t = {t:g} your loss is {got:g}, expected {right:g} to six "
            "decimals"
        )
    mine.sum().backward()
    for z_i, got, right in zip(z, logits.grad.tolist(), ((z > 0).float() - t).tolist()):
        assert math.isclose(got, right, abs_tol=1e-6), (
            f"at z = {z_i:g}, t = {t:g} your gradient is {got:g}, expected {right:g} to "
            "six decimals"
        )
print("stable: the visible tests pass")

# %% test="backward" points=4
logits = torch.tensor([-2.0, -0.5, 0.0, 0.5, 2.0], requires_grad=True)
targets = torch.tensor([0.0, 1.0, 0.0, 0.25, 1.0])
upstream = torch.tensor([1.0, -2.0, 3.0, -4.0, 5.0])
bce_with_logits(logits, targets, reduction="none").backward(upstream)
expected = [0.1192, 1.2449, 1.5, -1.4898, -0.5960]
assert logits.grad is not None, (
    "the logits got no gradient: what does your backward return first?"
)
for z, t, g, got, want in zip(
    logits.tolist(), targets, upstream, logits.grad.tolist(), expected
):
    assert math.isclose(got, want, abs_tol=1e-4), (
        f"at z = {z:g}, t = {t:g} with upstream {g:g} your gradient is {got:.4f}, "
        f"expected {want:.4f}"
    )

# gradcheck compares your backward with slopes measured on your forward. It needs float64.
logits = torch.linspace(-3, 3, 8, dtype=torch.float64).reshape(2, 4).requires_grad_()
targets = torch.rand(2, 4, dtype=torch.float64)
for reduction in ("none", "mean", "sum"):
    assert torch.autograd.gradcheck(
        lambda z, how=reduction: bce_with_logits(z, targets, how), logits
    )
print("backward: the visible tests pass")

# %% test="reduction" points=3
logits = torch.tensor([[2.0, 0.0], [-2.0, 1.0]], requires_grad=True)
targets = torch.tensor([[1.0, 0.0], [1.0, 0.5]])
for reduction, want in [("sum", 3.7603), ("mean", 0.9401)]:
    logits.grad = None
    loss = bce_with_logits(logits, targets, reduction=reduction)
    assert loss.shape == (), (
        f"reduction={reduction!r} gives a loss of shape {tuple(loss.shape)}, expected (): a "
        "single number"
    )
    assert math.isclose(loss.item(), want, abs_tol=1e-4), (
        f"reduction={reduction!r} gives {loss.item():.4f}, expected {want:.4f}"
    )
    (3 * loss).backward()
    right = 3 * (0.5 - 0.0) / (4 if reduction == "mean" else 1)
    got = logits.grad[0, 1].item()
    assert math.isclose(got, right, abs_tol=1e-4), (
        f"(3 * loss).backward() with reduction={reduction!r}: "
        f"at z = 0, t = 0 your gradient is {got:.4f}, expected {right:.4f}"
    )
print("reduction: the visible tests pass")

# %% test="contract" points=2
def expect_value_error(what, *args, **kwargs):
    try:
        bce_with_logits(*args, **kwargs)
    except ValueError:
        return
    raise AssertionError(f"{what}: a ValueError is asked for, but no error came")


expect_value_error(
    "logits of shape (4, 1) and targets of shape (4,)", torch.zeros(4, 1), torch.zeros(4)
)
expect_value_error("reduction='average'", torch.zeros(4), torch.zeros(4), reduction="average")

logits, targets = torch.tensor([2.0, -1.0], requires_grad=True), torch.tensor([1.0, 0.0])
upstream = torch.tensor([5.0, 7.0])
bce_with_logits(logits, targets, reduction="none").backward(upstream)
assert logits.tolist() == [2.0, -1.0] and targets.tolist() == [1.0, 0.0], (
    "your loss has changed its inputs"
)
assert upstream.tolist() == [5.0, 7.0], (
    f"your backward changed its grad_output from [5, 7] to {upstream.tolist()}"
)
print("contract: the visible tests pass")

# %% [markdown]
# ### Look at your work
#
# Left, the loss for $t = 1$ as four people might write it. Right, its gradient: what the network is told. The honest
# answer at $z = -150$ is "entirely wrong, push with full force", a gradient of −1. Look at what each of the others
# says there.

# %% demo="curves" jupyter={"source_hidden": true}
import matplotlib.pyplot as plt

BLUE, ORANGE, GREEN, PURPLE, GRAY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#999999"
plt.rcParams.update(
    {
        "figure.facecolor": "white",
        "axes.facecolor": "white",
        "axes.grid": True,
        "grid.alpha": 0.3,
        "text.color": "black",
        "axes.labelcolor": "black",
        "xtick.color": "black",
        "ytick.color": "black",
    }
)


def with_gradient(loss_function, z_values):
    """Loss and gradient at t = 1 for each logit, in float32."""
    z = z_values.clone().requires_grad_()
    loss = loss_function(z, torch.ones_like(z))
    (gradient,) = torch.autograd.grad(loss.sum(), z)
    return loss.detach(), gradient


def eps_bce(z, t):
    """The popular patch: an epsilon inside the logarithm."""
    p = torch.sigmoid(z)
    return -t * torch.log(p + 1e-8) - (1 - t) * torch.log(1 - p + 1e-8)


z = torch.linspace(-150, 40, 1901)
curves = [
    ("yours", lambda z, t: bce_with_logits(z, t, "none"), dict(color=BLUE, lw=5, alpha=0.45)),
    ("naive", naive_bce, dict(color=ORANGE, lw=1.8)),
    ("log(p + 1e-8)", eps_bce, dict(color=GREEN, lw=1.8, ls="--")),
    (
        "F.binary_cross_entropy(sigmoid(z))",
        lambda z, t: F.binary_cross_entropy(torch.sigmoid(z), t, reduction="none"),
        dict(color=PURPLE, lw=1.8, ls="-."),
    ),
]
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8))
for name, function, style in curves:
    loss, gradient = with_gradient(function, z)
    left.plot(z, loss, label=name, **style)
    right.plot(z, gradient, label=name, **style)
left.annotate(
    "naive: inf beyond\nthis point",
    xy=(-88.7, 88),
    xytext=(-148, 42),
    color=ORANGE,
    arrowprops=dict(arrowstyle="->", color=ORANGE),
)
right.annotate(
    "epsilon: no gradient where\nthe network is most wrong",
    xy=(-60, -0.01),
    xytext=(-142, -0.45),
    color=GREEN,
    arrowprops=dict(arrowstyle="->", color=GREEN),
)
left.set(title="loss for t = 1", xlabel="logit z", ylim=(-8, 158))
right.set(title="gradient for t = 1", xlabel="logit z", ylim=(-1.1, 0.15))
left.legend(loc="upper right", fontsize=8.5)
figure.tight_layout()
plt.show()

# %% [markdown]
# How exact is it? The next picture takes the difference to a float64 reference, for you and for PyTorch. With $t = 0$
# and a confident, correct network ($z$ around −17) the true loss is about $4 \cdot 10^{-8}$. PyTorch returns exactly
# 0 there, for it adds $z$ and subtracts it again. If you used `log1p`, **you are more precise than PyTorch**.

# %% demo="error"
z = torch.linspace(-25, 25, 2001)
t = torch.zeros_like(z)
truth = torch.logaddexp(torch.zeros(2001, dtype=torch.float64), z.double())
figure, axis = plt.subplots(figsize=(8, 3.4))
losses = [
    ("PyTorch", F.binary_cross_entropy_with_logits(z, t, reduction="none"), ORANGE),
    ("yours", bce_with_logits(z, t, "none"), BLUE),
]
for name, loss, color in losses:
    error = (loss.detach().double() - truth).abs() / truth
    axis.semilogy(z, error + 1e-9, label=name, color=color, lw=1.5)
    at = (z + 17).abs().argmin()
    axis.plot(z[at], error[at] + 1e-9, "o", color=color, ms=7)
    print(
        f"{name:8s} at z = {z[at]:.0f}: {loss[at].item():.4g}   true value: "
        f"{truth[at].item():.4g}"
    )
axis.axvline(-17, color=GRAY, lw=1, ls=":")
axis.text(-16.7, 2.5, "z = −17", color="#555555")
axis.set(
    title="relative error of the loss in float32, t = 0", xlabel="logit z", ylim=(1e-9, 10)
)
axis.legend()
figure.tight_layout()
plt.show()

# %% [markdown]
# ### Train with it
#
# The same data, the same start, three losses.
#
# * The **naive** run looks fine for a hundred steps and then dies. Not because of a wrong answer: some point has
#   passed $z = 16.64$ with $t = 1$, which is *right*, and $p$ rounds to 1. The term that should vanish,
#   $(1-t)\log(1-p)$, has become $0 \cdot (-\infty)$.
# * The purple run makes the most common mistake of all: the model ends in a sigmoid **and** the loss applies one
#   again. Nothing crashes. But a probability lies between 0 and 1, so $\sigma(p)$ lies between 0.5 and 0.731. No
#   positive example can cost less than $-\log 0.731 = 0.3133$ and no negative one less than $-\log 0.5 = 0.6931$:
#   with half of each, the loss stops at 0.5032.

# %% demo="training" jupyter={"source_hidden": true}
def train(loss_function, steps=200):
    """The loss at each step of logistic regression on two clouds of points."""
    generator = torch.Generator().manual_seed(0)
    y = (torch.arange(200) % 2).float()
    x = torch.randn(200, 2, generator=generator) + 2.5 * (2 * y - 1)[:, None]
    x = torch.cat([2 * x, torch.ones(200, 1)], dim=1)
    w = torch.zeros(3, requires_grad=True)
    history = []
    for _ in range(steps):
        loss = loss_function(x @ w, y)
        (gradient,) = torch.autograd.grad(loss, w)
        with torch.no_grad():
            w -= 0.3 * gradient
        history.append(loss.item())
    return history


runs = [
    ("yours", lambda z, t: bce_with_logits(z, t), dict(color=BLUE, lw=5, alpha=0.45)),
    ("naive", lambda z, t: naive_bce(z, t).mean(), dict(color=ORANGE, lw=1.8)),
    (
        "sigmoid applied twice",
        lambda z, t: bce_with_logits(torch.sigmoid(z), t),
        dict(color=PURPLE, lw=2),
    ),
]
figure, axis = plt.subplots(figsize=(8, 3.8))
for name, function, style in runs:
    history = train(function)
    axis.semilogy(history, label=name, **style)
    broken = next((i for i, value in enumerate(history) if not math.isfinite(value)), None)
    if broken:
        axis.plot(broken - 1, history[broken - 1], "X", color=ORANGE, ms=12)
        axis.annotate(
            f"nan from step {broken} on",
            xy=(broken - 1, history[broken - 1]),
            xytext=(broken + 15, 0.025),
            color=ORANGE,
            arrowprops=dict(arrowstyle="->", color=ORANGE),
        )
axis.axhline(0.5032, color=PURPLE, lw=1, ls=":")
axis.text(120, 0.35, "floor: 0.5032", color=PURPLE)
axis.set(
    title="three ways to train the same classifier", xlabel="step", ylabel="loss (log scale)"
)
axis.legend(loc="center right", bbox_to_anchor=(1.0, 0.62))
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Exercise 2: Huber
#
# Cross-entropy is for classes. For numbers one usually takes the squared error, and one outlier with residual 100
# then pulls 100 times as hard as a residual of 1. The **Huber loss** is quadratic near zero and linear beyond a
# threshold $\delta$:
#
# $$r = \text{input} - \text{target}, \qquad
# H_\delta(r) = \begin{cases} \tfrac12 r^2 & |r| \le \delta \\
# \delta\left(|r| - \tfrac12\delta\right) & |r| > \delta \end{cases}$$
#
# The two pieces meet at $|r| = \delta$ with the same value **and** the same slope, which is why the second piece is
# not simply $\delta|r|$.
#
# **Worked example**, $\delta = 2$:
#
# | $r$ | loss | gradient for input | gradient for target |
# |---:|---:|---:|---:|
# | 1 | 0.5 | 1 | −1 |
# | −2 | 2 | −2 | 2 |
# | 5 | 2 · (5 − 1) = 8 | 2 | −2 |
# | −100 | 2 · (100 − 1) = 198 | −2 | 2 |
#
# However wrong the prediction, the gradient never exceeds $\delta$. That is what makes the loss robust (and, in deep
# reinforcement learning, what keeps Q-networks from blowing up).
#
# ### Requirements
#
# 1. `huber_loss(input, target, delta=1.0, reduction="mean")` equals `F.huber_loss` with the same `delta`, through
#    your `HuberFunction`.
# 2. Here the target may be a prediction as well (a second network, say): **both** tensors get a gradient.
# 3. Residuals up to $10^{30}$ in float32: finite and right. Mind that $r^2$ is `inf` there.
# 4. Reductions, upstream gradient, dtypes and `ValueError` as in exercise 1.

# %% answer="huber"
class HuberFunction(torch.autograd.Function):
    """Huber loss, reduced, with a backward of its own."""

    @staticmethod
    def forward(
        ctx, input: torch.Tensor, target: torch.Tensor, delta: float, reduction: str
    ) -> torch.Tensor:
        """0.5 r^2 where |r| <= delta, else delta (|r| - delta / 2), with r = input - target.

        Args:
            ctx: save here what backward needs.
            input, target: one shape and dtype, float32 or float64, |input - target| <= 1e30.
            delta: where the parabola turns into a straight line, > 0.
            reduction: "none", "mean" or "sum".

        Returns:
            dtype of input; the shape of input for "none", otherwise a single number of shape
            ().
        """
        ### BEGIN SOLUTION
        residual = input - target
        ctx.save_for_backward(residual)
        ctx.delta, ctx.reduction = delta, reduction
        distance = residual.abs()
        loss = torch.where(distance <= delta, 0.5 * residual * residual, delta * (distance - 0.5 * delta))
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss
        ### END SOLUTION
        raise NotImplementedError(
            "HuberFunction.forward: compute the loss of each residual, then reduce it"
        )

    @staticmethod
    def backward(
        ctx, grad_output: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, None, None]:
        """The gradient for each input of forward: input, target, delta (None), reduction
        (None)."""
        ### BEGIN SOLUTION
        (residual,) = ctx.saved_tensors
        grad_input = grad_output * residual.clamp(-ctx.delta, ctx.delta)
        if ctx.reduction == "mean":
            grad_input = grad_input / residual.numel()
        return grad_input, -grad_input, None, None
        ### END SOLUTION
        raise NotImplementedError(
            "HuberFunction.backward: return one gradient for each input of forward"
        )


def huber_loss(
    input: torch.Tensor, target: torch.Tensor, delta: float = 1.0, reduction: str = "mean"
) -> torch.Tensor:
    """Huber loss, as F.huber_loss computes it.

    Raises:
        ValueError: the shapes differ, or the reduction is not "none", "mean" or "sum".
    """
    ### BEGIN SOLUTION
    if input.shape != target.shape:
        raise ValueError(f"input has shape {tuple(input.shape)} but target has {tuple(target.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"reduction must be 'none', 'mean' or 'sum', not {reduction!r}")
    return HuberFunction.apply(input, target, delta, reduction)
    ### END SOLUTION
    raise NotImplementedError(
        "huber_loss: check shapes and reduction, then apply HuberFunction"
    )

# %% [markdown]
# <details>
# <summary><b>Hint 1: Two cases in one tensor</b></summary>
#
# `torch.where(condition, a, b)` computes both pieces everywhere and picks one for each element. What it does not pick
# may be `inf` without harm. Multiplying by a mask is different: `inf * 0` is `nan`.
#
# </details>
#
# <details>
# <summary><b>Hint 2: The slope</b></summary>
#
# Differentiate both pieces by $r$: $r$ in the middle, $+\delta$ or $-\delta$ outside. Draw it. It is the line
# $y = r$, cut off above and below, and PyTorch has a function which does just that.
#
# </details>
#
# <details>
# <summary><b>Hint 3: Two gradients</b></summary>
#
# $r = \text{input} - \text{target}$, so by the chain rule the gradient for the target is the one for the input times
# $\partial r/\partial\,\text{target} = -1$. `backward` returns as many values as `forward` has inputs after `ctx`, in
# their order.
#
# </details>

# %% test="huber" points=5
residual = torch.tensor([1.0, -2.0, 5.0, -100.0])
target = torch.tensor([10.0, 20.0, -30.0, 40.0])
prediction = (target + residual).requires_grad_()
target.requires_grad_()
mine = huber_loss(prediction, target, delta=2.0, reduction="none")
for r, got, want in zip(residual, mine.tolist(), [0.5, 2.0, 8.0, 198.0]):
    assert math.isclose(got, want, abs_tol=1e-4), (
        f"at r = {r:g}, delta = 2 your loss is {got:g}, expected {want:g}"
    )

upstream = torch.tensor([1.0, -2.0, 3.0, -4.0])
mine.backward(upstream)
assert target.grad is not None, (
    "the target got no gradient: this loss has two inputs that may need one"
)
for name, gradient, sign in [("input", prediction.grad, 1), ("target", target.grad, -1)]:
    for r, g, got, want in zip(residual, upstream, gradient.tolist(), [1.0, 4.0, 6.0, 8.0]):
        assert math.isclose(got, sign * want, abs_tol=1e-4), (
            f"at r = {r:g}, delta = 2 with upstream {g:g} the gradient for the {name} is "
            f"{got:g}, expected {sign * want:g}"
        )

far = huber_loss(torch.tensor([1e30]), torch.tensor([0.0]), delta=2.0)
assert math.isclose(far, 2e30, rel_tol=1e-5), (
    f"at r = 1e30, delta = 2 your loss is {far:g}, expected 2e+30"
)
mean_gradient = torch.autograd.grad(5 * huber_loss(prediction, target, delta=2.0), prediction)[
    0
]
assert math.isclose(mean_gradient[0], 1.25, abs_tol=1e-5), (
    "(5 * loss).backward() with the mean of four: at r = 1 your gradient is "
    f"{mean_gradient[0]:g}, expected 1.25"
)
print("huber: the visible tests pass")

# %% demo="huber_curves" jupyter={"source_hidden": true}
residual = torch.linspace(-4, 4, 401)
zero = torch.zeros_like(residual)
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3.6))
for delta, color in [(0.5, GREEN), (1.0, BLUE), (2.0, ORANGE)]:
    prediction = residual.clone().requires_grad_()
    loss = huber_loss(prediction, zero, delta=delta, reduction="none")
    (gradient,) = torch.autograd.grad(loss.sum(), prediction)
    left.plot(
        residual, loss.detach(), color=color, lw=3, alpha=0.5, label=f"yours, delta = {delta}"
    )
    left.plot(
        residual,
        F.huber_loss(residual, zero, delta=delta, reduction="none"),
        color="black",
        lw=0.8,
        ls="--",
    )
    middle.plot(residual, gradient, color=color, lw=3, alpha=0.6)
    for edge in (-delta, delta):
        middle.plot(edge, edge, "o", color=color, ms=6)
left.plot(residual, 0.5 * residual**2, color=GRAY, lw=1, label="squared error / 2")
left.set(title="loss (dashed: F.huber_loss)", xlabel="residual r", ylim=(0, 5))
left.legend(fontsize=8, loc="upper center")
middle.set(title="gradient: never beyond ±delta", xlabel="residual r")

# A line through twenty points, three of them wrong by a lot.
x = torch.linspace(-1, 1, 20)
y = 2 * x + 0.5 + 0.1 * torch.randn(20, generator=torch.Generator().manual_seed(3))
y[[2, 5, 8]] += 6.0
right.plot(x, y, "o", color="black", ms=4)
fits = [
    ("squared error", F.mse_loss, GRAY),
    ("your Huber loss", lambda a, b: huber_loss(a, b, 0.3), BLUE),
]
for name, function, color in fits:
    weight = torch.zeros(2, requires_grad=True)
    for _ in range(400):
        (gradient,) = torch.autograd.grad(function(weight[0] * x + weight[1], y), weight)
        with torch.no_grad():
            weight -= 0.5 * gradient
    fitted = weight.detach()
    right.plot(x, fitted[0] * x + fitted[1], color=color, lw=2.5, label=name)
right.set(title="three outliers, two losses", xlabel="x")
right.legend(fontsize=8, loc="upper right")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Exercise 3, extra credit: focal loss
#
# An object detector sees a hundred thousand easy background boxes for every object. Each easy box costs little,
# together they drown the object. The **focal loss** turns down what is already right. With hard targets
# $t \in \{0, 1\}$:
#
# $$p_t = \begin{cases} p & t = 1 \\ 1 - p & t = 0\end{cases}, \qquad
# \alpha_t = \begin{cases} \alpha & t = 1 \\ 1 - \alpha & t = 0\end{cases}, \qquad
# \text{FL} = -\,\alpha_t\,(1 - p_t)^{\gamma}\,\log p_t$$
#
# For $\gamma = 0$ it is weighted cross-entropy. For $\gamma = 2$ a box that is 90% right counts a hundredth of what
# it did.
#
# Write `focal_loss(logits, targets, alpha=0.25, gamma=2.0, reduction="mean")` through your own `FocalLossFunction`,
# finite and right for $|z| \le 1000$ and for every $\gamma \ge 0$, so for $\gamma = 0.5$ too. The reductions apply to
# the **modulated** losses. Here you may build on PyTorch's finished losses if you like.
#
# One thing to know before you differentiate: with $s = z$ for $t = 1$ and $s = -z$ for $t = 0$ we have
# $p_t = \sigma(s)$ and $-\log p_t = \log(1 + e^{-s})$. So everything is a function of the one number $s$.

# %% answer="focal"
class FocalLossFunction(torch.autograd.Function):
    """Focal loss on logits, reduced, with a backward of its own."""

    @staticmethod
    def forward(
        ctx,
        logits: torch.Tensor,
        targets: torch.Tensor,
        alpha: float,
        gamma: float,
        reduction: str,
    ) -> torch.Tensor:
        """-alpha_t (1 - p_t)^gamma log p_t, reduced.

        Args:
            logits: any shape, float32 or float64, |logit| <= 1000.
            targets: shape and dtype of logits, each 0 or 1.
            alpha: weight of the class 1, in [0, 1]; the class 0 gets 1 - alpha.
            gamma: how strongly easy examples are turned down, >= 0.
            reduction: "none", "mean" or "sum".
        """
        ### BEGIN SOLUTION
        side = 2 * targets - 1
        s = side * logits
        weight = alpha * targets + (1 - alpha) * (1 - targets)
        ctx.save_for_backward(s, side * weight)
        ctx.gamma, ctx.reduction = gamma, reduction
        loss = weight * torch.sigmoid(-s) ** gamma * -F.logsigmoid(s)
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss
        ### END SOLUTION
        raise NotImplementedError(
            "FocalLossFunction.forward: compute the modulated loss, then reduce it"
        )

    @staticmethod
    def backward(
        ctx, grad_output: torch.Tensor
    ) -> tuple[torch.Tensor, None, None, None, None]:
        """The gradient for logits, and None for each other input of forward."""
        ### BEGIN SOLUTION
        s, signed_weight = ctx.saved_tensors
        # d/ds of (1-p)^gamma * -log p, with dp/ds = p (1-p): no power below gamma, so gamma < 1 is safe.
        slope = torch.sigmoid(-s) ** ctx.gamma * (
            ctx.gamma * torch.sigmoid(s) * F.logsigmoid(s) - torch.sigmoid(-s)
        )
        grad_logits = grad_output * signed_weight * slope
        if ctx.reduction == "mean":
            grad_logits = grad_logits / s.numel()
        return grad_logits, None, None, None, None
        ### END SOLUTION
        raise NotImplementedError(
            "FocalLossFunction.backward: return one gradient for each input of forward"
        )


def focal_loss(
    logits: torch.Tensor,
    targets: torch.Tensor,
    alpha: float = 0.25,
    gamma: float = 2.0,
    reduction: str = "mean",
) -> torch.Tensor:
    """Focal loss on logits (Lin et al., 2017). Raises ValueError as bce_with_logits does."""
    ### BEGIN SOLUTION
    if logits.shape != targets.shape:
        raise ValueError(f"logits have shape {tuple(logits.shape)} but targets have {tuple(targets.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"reduction must be 'none', 'mean' or 'sum', not {reduction!r}")
    return FocalLossFunction.apply(logits, targets, alpha, gamma, reduction)
    ### END SOLUTION
    raise NotImplementedError(
        "focal_loss: check shapes and reduction, then apply FocalLossFunction"
    )

# %% [markdown]
# <details>
# <summary><b>Hint 1: Two factors, two terms</b></summary>
#
# $(1-p_t)^\gamma$ depends on the logit as well. A gradient that treats it as a constant has only half of the product
# rule.
#
# </details>
#
# <details>
# <summary><b>Hint 2: gamma = 0.5 gives nan</b></summary>
#
# The derivative of $(1-p)^\gamma$ by $p$ holds $(1-p)^{\gamma-1}$, which is `inf` at $p = 1$ when $\gamma < 1$. But
# $\partial p/\partial s = p(1-p)$ stands beside it. Multiply the two on paper before you type either of them: the
# power becomes $\gamma$ again.
#
# </details>

# %% test="focal" points=0 bonus=3
logits = torch.tensor([2.0, -1.0, 0.0, 3.0], requires_grad=True)
targets = torch.tensor([1.0, 1.0, 0.0, 0.0])
mine = focal_loss(logits, targets, reduction="none")
for z, t, got, want in zip(
    logits.tolist(), targets, mine.tolist(), [0.00045, 0.17548, 0.12996, 2.07471]
):
    assert math.isclose(got, want, abs_tol=1e-4), (
        f"at z = {z:g}, t = {t:g} your focal loss is {got:.5f}, expected {want:.5f}"
    )
logits64 = torch.linspace(-3, 3, 8, dtype=torch.float64, requires_grad=True)
targets64 = (torch.arange(8) % 3 == 0).double()
for gamma in (0.0, 0.5, 2.0):
    assert torch.autograd.gradcheck(
        lambda z, g=gamma: focal_loss(z, targets64, gamma=g, reduction="none"), logits64
    )
z = torch.tensor([1000.0, -1000.0, 30.0], requires_grad=True)
(gradient,) = torch.autograd.grad(focal_loss(z, torch.ones(3), gamma=0.5, reduction="sum"), z)
assert gradient.isfinite().all(), (
    f"gamma = 0.5, t = 1, z = (1000, -1000, 30): your gradient is {gradient.tolist()}"
)
print("focal: the visible tests pass")

# %% demo="focal_curves"
z = torch.linspace(-4, 4, 401)
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.6))
for gamma, color in [(0.0, GRAY), (0.5, GREEN), (2.0, BLUE), (5.0, ORANGE)]:
    logits = z.clone().requires_grad_()
    loss = focal_loss(logits, torch.ones_like(z), alpha=1.0, gamma=gamma, reduction="none")
    (gradient,) = torch.autograd.grad(loss.sum(), logits)
    left.plot(torch.sigmoid(z), loss.detach(), color=color, lw=2, label=f"gamma = {gamma:g}")
    right.plot(z, gradient, color=color, lw=2)
left.axvspan(0.6, 1.0, color=GRAY, alpha=0.12)
left.text(0.62, 2.6, "easy, already right:\nturned down", fontsize=9)
left.set(
    title="focal loss (alpha = 1)", xlabel="probability given to the right class", ylim=(0, 4)
)
right.set(title="its gradient for t = 1", xlabel="logit z")
right.legend(*left.get_legend_handles_labels(), loc="lower right")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Pitfalls
#
# * **A small epsilon is not a cure.** `log(p + 1e-8)` stops the `inf` and silences the gradient exactly where the
#   network is most wrong. Rewrite the formula instead.
# * **Look for the place where two infinities meet.** `inf - inf`, `inf * 0` and `0 / 0` make the `nan`; overflow
#   alone only makes `inf`.
# * **Shapes that broadcast.** Logits `(N, 1)` and targets `(N,)` make an $N \times N$ table without a word, and its
#   mean trains badly rather than not at all.
# * **Every factor of forward returns in backward:** the upstream gradient, $1/N$, weights, $\delta$.
# * **Testing with `.sum().backward()` only** hands `backward` an upstream of ones. On ordinary logits, with
#   `reduction="none"`, 28 of the 35 wrong answers to exercises 1 and 2 in the grader's catalogue pass such a test.
# * **Save inputs, not intermediate results,** if someone may differentiate twice: a saved $\sigma(z)$ is a constant
#   to the second derivative.
#
# ## Takeaways
#
# 1. Work in log space from start to end; a probability is for looking at, not for calculating with.
# 2. $\log\sum e^{x_i} = m + \log\sum e^{x_i - m}$ with $m = \max x_i$: exact, and it never overflows.
# 3. The gradient of cross-entropy through a sigmoid is *prediction minus target*. It is bounded, and simpler than its
#    parts.
# 4. A custom `Function` is worth it when you know a better gradient than the one autograd would assemble from the
#    pieces.
#
# ## Further reading
#
# * [`BCEWithLogitsLoss`](https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html),
#   [`HuberLoss`](https://docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html) and
#   [`torch.logsumexp`](https://docs.pytorch.org/docs/stable/generated/torch.logsumexp.html) in the PyTorch
#   documentation
# * [Extending PyTorch](https://docs.pytorch.org/docs/stable/notes/extending.html): the contract of `forward` and
#   `backward`
# * [Numerical accuracy](https://docs.pytorch.org/docs/stable/notes/numerical_accuracy.html) in PyTorch
# * [Focal Loss for Dense Object Detection](https://arxiv.org/abs/1708.02002), Lin et al., 2017
#
# **Next:** [Lab 05](../lab05_gradient_clipping/lab05_gradient_clipping.ipynb), gradient clipping: what to do when it
# is the gradient itself that explodes.
