# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   autograder:
#     title: "Lab 03 extensions: the ReLU family"
#     order: 4
#     difficulty: hard
#     minutes: 120
#     summary: "Write Leaky ReLU, PReLU, ELU, GELU and an in-place ReLU as autograd Functions, and differentiate them twice."
#     needs: "what a `torch.autograd.Function` is"
#     feedback: hint
#     exercises:
#       - goal: "pass a plain number through a `Function`"
#         tests: [leaky]
#         minutes: 20
#         difficulty: easy
#       - goal: "sum a gradient over everything that shared a parameter"
#         tests: [prelu]
#         minutes: 30
#         difficulty: medium
#       - goal: "keep a formula accurate and finite in float32"
#         tests: [elu]
#         minutes: 25
#         difficulty: medium
#       - goal: "differentiate two variants of a smooth activation, each exactly"
#         tests: [gelu]
#         minutes: 20
#         difficulty: medium
#       - goal: "edit a tensor in place without lying to autograd"
#         tests: [inplace]
#         minutes: 25
#         difficulty: hard
#       - goal: "write a backward that can itself be differentiated"
#         tests: [double_backward]
#         minutes: 15
#         difficulty: hard
#       - goal: "write a `Function` that goes through `vmap`, `grad` and `jvp`"
#         tests: [func]
#         minutes: 25
#         difficulty: hard
# ---

# %% [markdown]
# # Lab 03 extensions: the ReLU family
#
# | | |
# |---|---|
# | **Difficulty** | hard |
# | **Time** | 120 minutes, and 40 for the extra credit; you can stop after any exercise. Exercise 6 tests the answers of exercises 2 to 4; every other one stands alone |
# | **You need** | Lab 03 (a custom ReLU): `forward`, `backward`, `save_for_backward` |
# | **You will be able to** | pass numbers and parameters through a `Function`; sum a gradient over everything that shared a parameter; keep a formula accurate in float32; edit a tensor in place without lying to autograd; make a backward that can itself be differentiated; time a GPU honestly |
# | **Points** | 20: leaky 4 · prelu 4 · elu 5 · gelu 3 · inplace 4; 6 more for the extra credit |
#
# ReLU is the simplest activation there is: it keeps what is positive and drops the rest. What it drops is gone for
# good: a unit whose input is always negative has gradient 0 and never learns again. Its relatives each repair that in
# their own way, and each one asks something new of `torch.autograd.Function`:
#
# | exercise | function | for $x \le 0$ | what is new |
# |---|---|---|---|
# | 1 | Leaky ReLU | $s\,x$ | an argument that is not a tensor |
# | 2 | PReLU | $a_c\,x$ | a *learned* slope that many elements share |
# | 3 | ELU | $\alpha\,(e^x - 1)$ | a formula that is right on paper and wrong in float32 |
# | 4 | GELU | $x\,\Phi(x)$, for every $x$ | a smooth function, in two variants |
# | 5 | ReLU in place | $0$ | overwriting a tensor that autograd is watching |
# | 6, extra credit | all of them | | a backward that is differentiated again |
# | 7, extra credit | GELU | | `setup_context`, `vmap`, `jvp` |
# | none | all of them | | what it costs: an honest benchmark |
#
# **The rules.** Every function goes through a `torch.autograd.Function` of your own, with a `backward` that you wrote.
# PyTorch's own versions (`F.relu`, `F.leaky_relu`, `F.prelu`, `F.elu`, `F.gelu`, `torch.relu`, `torch.threshold`,
# `F.hardtanh` and their modules, methods and in-place forms) are what you are compared with, so your answers may not
# call them. Everything else is yours: `where`, `clamp`, `exp`, `erf`, `tanh`, ... Write your code where it says
# `# YOUR CODE HERE`, and delete the line `raise NotImplementedError(...)` below it.

# %% given="imports"
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.autograd import gradcheck, gradgradcheck

# %% given="tools"
def assert_same(actual, expected, what, at=None):
    """Assert equal shape, dtype and values; the message shows the first element that differs.

    actual, expected: tensors. what: how the message names them.
    at: the input x, of the same shape, where the message should show it.
    """
    assert isinstance(actual, torch.Tensor), f"{what}: expected a tensor, got {actual!r}"
    assert actual.shape == expected.shape, (
        f"{what}: shape {tuple(actual.shape)}, expected {tuple(expected.shape)}"
    )
    assert actual.dtype == expected.dtype, (
        f"{what}: dtype {actual.dtype}, expected {expected.dtype}"
    )
    rtol, atol = (1e-9, 1e-12) if actual.dtype == torch.float64 else (1e-5, 1e-6)
    wrong = ~torch.isclose(actual, expected, rtol=rtol, atol=atol)
    if wrong.any():
        i = tuple(wrong.nonzero()[0].tolist())
        where = f"at x = {at[i].item():.6g}" if at is not None else f"at index {i}"
        raise AssertionError(
            f"{what}: {where} yours is {actual[i].item():.8g}, "
            f"expected {expected[i].item():.8g} ({int(wrong.sum())} of {wrong.numel()} differ)"
        )


# %% demo="drawing" jupyter={"source_hidden": true}
# Helpers for drawing; your answers do not need them.
import base64
from html import escape

import matplotlib.pyplot as plt
from IPython.display import display

BLUE, ORANGE, GREEN, PINK, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8A8A8A"
plt.rcParams.update(
    {
        "figure.facecolor": "white",
        "axes.facecolor": "white",
        "savefig.facecolor": "white",
        "axes.grid": True,
        "grid.alpha": 0.3,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "font.size": 10,
    }
)


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


def text(x, y, words, size=13, color="#222", anchor="middle", weight="normal"):
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{color}" text-anchor="{anchor}" '
        f'font-weight="{weight}" '
        f'font-family="Helvetica, Arial, sans-serif">{words}</text>'
    )


def box(x, y, w, h, words="", fill="#fff", stroke="#444", size=13, color="#222"):
    return (
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="5" fill="{fill}" '
        f'stroke="{stroke}" '
        'stroke-width="1.5"/>'
        + (text(x + w / 2, y + h / 2 + size / 3, words, size, color) if words else "")
    )


def arrow(x1, y1, x2, y2, color="#444", dash=""):
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{color}" stroke-width="2" '
        f'stroke-dasharray="{dash}" marker-end="url(#tip{color[1:]})"/>'
    )


def show(width, height, *parts, words):
    """Display SVG parts on a white ground, so that they read on dark themes too; `words` say
    what they show."""
    tips = "".join(
        f'<marker id="tip{c[1:]}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        'markerHeight="7" '
        f'orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="{c}"/></marker>'
        for c in ("#444", BLUE, ORANGE, GREEN, GREY)
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><defs>{tips}</defs>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
    )
    display(Picture(svg + "".join(parts) + "</svg>", words))


def against(title, curves, low=-4.0, high=4.0):
    """Plot your functions over PyTorch's, value and slope; red marks show where they differ.

    curves: list of (label, yours, pytorch's), functions of one tensor.
    """
    fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.2))
    grid = torch.linspace(low, high, 401, dtype=torch.float64)
    for color, (label, mine, theirs) in zip((BLUE, ORANGE, GREEN, PINK), curves):
        xs = [grid.clone().requires_grad_() for _ in range(2)]
        ys = [f(x) for f, x in zip((mine, theirs), xs)]
        slopes = [torch.autograd.grad(y.sum(), x)[0] for y, x in zip(ys, xs)]
        for ax, (ours, reference) in zip(axes, (ys, slopes)):
            ours, reference = ours.detach(), reference.detach()
            ax.plot(grid, reference, color=color, lw=5, alpha=0.25)
            ax.plot(grid, ours, color=color, lw=1.4, label=label)
            off = ~torch.isclose(ours, reference, rtol=1e-6, atol=1e-6)
            if off.any():
                ax.plot(
                    grid[off], ours[off], "x", color="#C00000", ms=4, label=f"{label}: differs"
                )
    for ax, name in zip(axes, ("value", "slope, from your backward")):
        ax.set(title=f"{title}: {name}", xlabel="x")
        ax.axvline(0, color=GREY, lw=0.8)
        ax.legend(frameon=False, fontsize=9)
    fig.tight_layout()
    plt.show()


# %% [markdown]
# (The code of pictures is folded in this notebook; click on the dots to open it.)
#
# Here is the whole family, as PyTorch computes it, with its slopes. Look at what happens left of zero, and at the slope
# *at* zero. All but GELU have a corner there (ELU unless $\alpha = 1$), and a corner has no derivative. PyTorch takes
# the slope of the left side. That is a convention, and this lab follows it:
#
# | at $x = 0$ | ReLU | Leaky ReLU | PReLU | ELU | GELU |
# |---|---|---|---|---|---|
# | gradient | $0$ | $s$ | $a_c$ | $\alpha$ | $\tfrac12$ (no corner: a fact, not a convention) |

# %% demo="family" jupyter={"source_hidden": true}
# Picture: the family and its slopes.
family = {
    "ReLU": F.relu,
    "Leaky ReLU, s = 0.2": lambda x: F.leaky_relu(x, 0.2),
    "ELU, α = 1.5": lambda x: F.elu(x, 1.5),
    "GELU": F.gelu,
}
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.4))
for color, (name, f) in zip((GREY, BLUE, ORANGE, GREEN), family.items()):
    for part, ends in (
        (torch.linspace(-4, 0, 200), "left"),
        (torch.linspace(1e-6, 4, 200), "right"),
    ):
        x = part.clone().requires_grad_()
        y = f(x)
        (slope,) = torch.autograd.grad(y.sum(), x)
        label = name if ends == "left" else None
        axes[0].plot(part, y.detach(), color=color, label=label, lw=1.8)
        axes[1].plot(part, slope, color=color, label=label, lw=1.8)
    zero = torch.zeros(1, requires_grad=True)
    (at_zero,) = torch.autograd.grad(f(zero).sum(), zero)
    axes[1].plot(0, at_zero, "o", color=color, ms=7)
axes[0].set(title="value", xlabel="x", xlim=(-4, 2.5), ylim=(-1.7, 2.5))
axes[1].set(title="slope; the dot is PyTorch's choice at x = 0", xlabel="x", xlim=(-4, 2.5))
axes[0].legend(frameon=False, fontsize=9)
fig.tight_layout()
plt.show()

# %% [markdown]
# ## A worked example
#
# Before you write your own, read one that has every ingredient of the first two exercises:
#
# $$y = c \, x^p, \qquad \frac{\partial L}{\partial x} = g \cdot c\,p\,x^{p-1}, \qquad
# \frac{\partial L}{\partial c} = \sum_{\text{all elements}} g \cdot x^p$$
#
# where $g = \partial L / \partial y$ is the upstream gradient `grad_output`, $c$ is a tensor of shape `(1,)` that every
# element of $x$ shares, and $p$ is an ordinary Python number.
#
# * `forward` gets three arguments besides `ctx`, so `backward` returns three values, in the same order.
# * A gradient has the shape of what it belongs to. Every element of $x$ used $c$, so their contributions **add up**.
# * `p` is not a tensor: nothing to differentiate, so its place is taken by `None`. It may be kept on `ctx` as it is;
#   tensors go through `save_for_backward`.

# %% demo="example"
class PowerFunction(torch.autograd.Function):
    """y = c * x**p: x of any shape, c of shape (1,), p a Python number."""

    @staticmethod
    def forward(ctx, x, c, p):
        ctx.save_for_backward(x, c)
        ctx.p = p
        return c * x**p

    @staticmethod
    def backward(ctx, grad_output):
        x, c = ctx.saved_tensors
        p = ctx.p
        grad_x = grad_output * c * p * x ** (p - 1)
        grad_c = (grad_output * x**p).sum().reshape(c.shape)
        return grad_x, grad_c, None


x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
c = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
PowerFunction.apply(x, c, 3).backward(torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64))
print("dL/dx =", x.grad.tolist(), "  g · 3/2 · x²")
print("dL/dc =", c.grad.tolist(), "  1 - 8 + 27")
for check in (
    gradcheck,
    gradgradcheck,
):  # numerical differences against backward, and against its own derivative
    print(f"{check.__name__}:", check(PowerFunction.apply, (x, c, 3)))

# %% [markdown]
# ## Exercise 1: Leaky ReLU
#
# $$f(x) = \begin{cases} x & x > 0 \\ s\,x & x \le 0 \end{cases} \qquad\qquad
# f'(x) = \begin{cases} 1 & x > 0 \\ s & x \le 0 \end{cases}$$
#
# The slope $s$ is an ordinary number, often 0.01. Below zero a little gradient still leaks through, so a unit that
# has gone silent can come back.
#
# **Requirements**
#
# * equal to `F.leaky_relu(x, s)` for *every* slope: 0.01, 0, 1.7, and negative ones;
# * the gradient at $x = 0$ is $s$;
# * `grad_output` belongs to autograd: other branches of the graph may hold the same tensor. Read it, never write into
#   it.

# %% answer="leaky"
class LeakyReLUFunction(torch.autograd.Function):
    """Leaky ReLU: x where x > 0, negative_slope * x elsewhere."""

    @staticmethod
    def forward(ctx, x, negative_slope):
        """Leaky ReLU, as a new tensor with the shape and dtype of x.

        x: floating tensor of any shape. negative_slope: a Python number.
        """
        ### BEGIN SOLUTION
        ctx.save_for_backward(x)
        ctx.negative_slope = negative_slope
        return torch.where(x > 0, x, negative_slope * x)
        ### END SOLUTION
        raise NotImplementedError(
            "LeakyReLUFunction.forward: save what backward needs, return the activation"
        )

    @staticmethod
    def backward(ctx, grad_output):
        """One value for each argument of forward: dL/dx, shape of x, and None for the number.

        grad_output: dL/dy, shape of x.
        """
        ### BEGIN SOLUTION
        (x,) = ctx.saved_tensors
        grad_x = torch.where(x > 0, grad_output, ctx.negative_slope * grad_output)
        return grad_x, None
        ### END SOLUTION
        raise NotImplementedError(
            "LeakyReLUFunction.backward: scale grad_output by the slope at each x"
        )


def leaky_relu(x, negative_slope=0.01):
    """Leaky ReLU of x, differentiable by LeakyReLUFunction."""
    return LeakyReLUFunction.apply(x, negative_slope)


# %% [markdown]
# <details>
# <summary><b>Hint 1: where to begin</b></summary>
#
# Start from your ReLU of Lab 03. Where it returned 0, this one returns $s\,x$; where it sent back 0, this one sends
# back $s\,g$. The worked example above shows where the number $s$ can be kept, and what to return in its place.
#
# </details>
#
# <details>
# <summary><b>Hint 2: it is right for 0.01 and wrong for 1.7</b></summary>
#
# $\max(x, s\,x)$ is a lovely formula, and it holds for $0 \le s \le 1$. Draw $x$ and $1.7\,x$: which is larger left of
# zero? Let the sign of $x$ decide instead, for instance with `torch.where(condition, this, that)`.
#
# </details>
#
# <details>
# <summary><b>Hint 3: the gradient at zero</b></summary>
#
# Two masks, `x > 0` and `x < 0`, leave out one number. `torch.where` with one condition cannot leave any out.
#
# </details>

# %% test="leaky" points=4
x = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0], requires_grad=True)
upstream = torch.tensor([1.0, -2.0, 3.0, -4.0, 5.0])
for slope in (0.01, 0.2, 1.7, -0.5):
    y = leaky_relu(x, slope)
    assert_same(y, F.leaky_relu(x, slope), f"leaky_relu(x, {slope})", at=x)
    (grad,) = torch.autograd.grad(y, x, upstream.clone())
    assert_same(
        grad,
        torch.where(x > 0, upstream, slope * upstream),
        f"the gradient of leaky_relu(x, {slope}) for grad_output {upstream.tolist()}",
        at=x,
    )
assert_same(
    leaky_relu(x), F.leaky_relu(x), "leaky_relu(x), whose slope is 0.01 unless told", at=x
)

maker = leaky_relu(x).grad_fn.name()
assert not maker[-1].isdigit(), (
    f"the result was made by {maker}, PyTorch's own: the way into your Function is its apply"
)

h = torch.tensor([-1.0, 2.0], requires_grad=True)
(leaky_relu(h, 0.1) + h).sum().backward()  # both branches are handed the same grad_output
assert torch.allclose(h.grad, torch.tensor([1.1, 2.0])), (
    f"the gradient of leaky_relu(h, 0.1) + h at h = [-1, 2] is {h.grad.tolist()}, expected "
    "[1.1, 2.0]: "
    "does backward write into grad_output?"
)
inputs = (x.detach().double().add(0.5).requires_grad_(), 0.3)  # + 0.5: away from the corner
assert gradcheck(leaky_relu, inputs, raise_exception=False), (
    "gradcheck: backward is not the slope of forward"
)
print("Leaky ReLU: the visible tests pass")

# %% demo="leaky_curve"
against(
    "Leaky ReLU",
    [
        (name, lambda x, s=s: leaky_relu(x, s), lambda x, s=s: F.leaky_relu(x, s))
        for name, s in (("s = 0.05", 0.05), ("s = 0.3", 0.3), ("s = −0.5", -0.5))
    ],
)

# %% [markdown]
# ## Exercise 2: Parametric ReLU, a slope that is learned
#
# Why guess the slope? [PReLU](https://arxiv.org/abs/1502.01852) makes it a parameter: one slope $a$ for everything, or
# one slope $a_c$ for each channel. The channels are dimension 1, as everywhere in PyTorch: $x$ has shape $(N, C)$ or
# $(N, C, L)$ or $(N, C, H, W)$, ...
#
# $$y_{ncl} = \begin{cases} x_{ncl} & x_{ncl} > 0 \\ a_c\,x_{ncl} & x_{ncl} \le 0 \end{cases} \qquad
# \frac{\partial y_{ncl}}{\partial a_c} = \begin{cases} 0 & x_{ncl} > 0 \\ x_{ncl} & x_{ncl} \le 0 \end{cases}$$
#
# Now `backward` owes two gradients. The one for $x$ you know. For the slope, remember that $a_c$ was used by **every**
# element of channel $c$, in every sample and at every position. Wiggle $a_c$ and all of them move, so
#
# $$\frac{\partial L}{\partial a_c} = \sum_{n}\sum_{l} g_{ncl}\; x_{ncl}\,[x_{ncl} \le 0].$$

# %% demo="prelu_picture" jupyter={"source_hidden": true}
# Picture: which elements share a slope.
filled = ("10110", "01001", "11010"), ("01100", "10011", "00101")
parts = [
    text(
        20,
        26,
        "x of shape (N, C, L) = (2, 3, 5); in filled cells x ≤ 0",
        14,
        anchor="start",
        weight="bold",
    )
]
tints = (("#0072B2", "#DCEBF5"), ("#D55E00", "#FBE6DA"), ("#009E73", "#DBF1EA"))
for n in range(2):
    parts.append(text(120 + 240 * n, 54, f"sample {n}", 12, "#555"))
    for channel, (full, pale) in enumerate(tints):
        for l in range(5):
            fill = full if filled[n][channel][l] == "1" else pale
            parts.append(
                box(30 + 240 * n + 36 * l, 64 + 38 * channel, 32, 32, fill=fill, stroke="#fff")
            )
for channel, (full, _) in enumerate(tints):
    y = 80 + 38 * channel
    parts += [
        arrow(456, y, 510, y, full),
        box(515, y - 15, 66, 30, f"dL/da{'₀₁₂'[channel]}", stroke=full),
        text(
            594, y + 4, "sum of g · x over the filled cells of this color", 12, "#555", "start"
        ),
    ]
show(
    880,
    195,
    *parts,
    words="All elements of channel c, in every sample, share the slope a_c. dL/da_c is "
    "the sum of g · x over those of them where x ≤ 0.",
)

# %% [markdown]
# **Requirements**
#
# * $x$ has one dimension or more;
# * `weight` has shape `(1,)`, one slope for all of $x$, or `(C,)`, with $x$ of shape $(N, C, ...)$;
# * the slope's gradient has the shape of `weight`, and is a **sum**, not a mean;
# * at $x = 0$ the gradient for $x$ is the slope.
#
# A warning that has cost people weeks: if you return a gradient that is *too large*, such as one of the shape of $x$,
# PyTorch does not always complain. It sums whatever would have been broadcast, **counting dimensions from the right**.
# For shape $(N, C)$ that happens to be correct; for $(2, 3, 5)$ it is an error; and for $(2, 3, 3)$ it is silently the
# sum over the wrong dimensions. The tests below use $(2, 3, 3)$ on purpose.

# %% answer="prelu"
class PReLUFunction(torch.autograd.Function):
    """Parametric ReLU: x where x > 0, weight * x elsewhere, with a gradient for x and one for
    weight."""

    @staticmethod
    def forward(ctx, x, weight):
        """Parametric ReLU, as a new tensor with the shape and dtype of x.

        x: floating tensor of one dimension or more. weight: shape (1,), or (C,) where x is
        (N, C, ...).
        """
        ### BEGIN SOLUTION
        ctx.save_for_backward(x, weight)
        slope = weight.reshape([1, -1] + [1] * (x.dim() - 2)) if weight.numel() > 1 else weight.reshape(())
        return torch.where(x > 0, x, slope * x)
        ### END SOLUTION
        raise NotImplementedError(
            "PReLUFunction.forward: lay weight along dimension 1 of x, return the activation"
        )

    @staticmethod
    def backward(ctx, grad_output):
        """dL/dx, shape of x, and dL/dweight, shape of weight.

        grad_output: dL/dy, shape of x.
        """
        ### BEGIN SOLUTION
        x, weight = ctx.saved_tensors
        contributions = grad_output * torch.where(x > 0, 0, x)
        if weight.numel() > 1:
            slope = weight.reshape([1, -1] + [1] * (x.dim() - 2))
            grad_weight = contributions.sum(dim=[d for d in range(x.dim()) if d != 1])
        else:
            slope = weight.reshape(())
            grad_weight = contributions.sum().reshape(weight.shape)
        return torch.where(x > 0, grad_output, slope * grad_output), grad_weight
        ### END SOLUTION
        raise NotImplementedError(
            "PReLUFunction.backward: return the gradients for x and for weight"
        )


def prelu(x, weight):
    """Parametric ReLU of x, differentiable by PReLUFunction in x and in weight."""
    return PReLUFunction.apply(x, weight)


# %% [markdown]
# <details>
# <summary><b>Hint 1: the slope meets the wrong dimension</b></summary>
#
# `weight * x` lines up dimensions from the right, so a weight of shape `(C,)` meets the *last* dimension of $x$.
# Reshape it first: for $x$ of shape $(N, C, L)$ you want $(1, C, 1)$. How many ones follow for `x.dim()` dimensions?
#
# </details>
#
# <details>
# <summary><b>Hint 2: the slope's gradient, in three questions</b></summary>
#
# 1. What does *one* element contribute? (Zero where $x > 0$.)
# 2. Which elements used the slope $a_c$? Look at one color in the picture.
# 3. Which dimensions must `sum(dim=...)` therefore run over, and which one must stay? And for a weight of shape `(1,)`?
#
# </details>
#
# <details>
# <summary><b>Hint 3: shape (1,) or shape ()?</b></summary>
#
# `t.sum()` has shape `()`. A gradient must have the shape of what it belongs to: `reshape` it to `weight.shape`.
#
# </details>

# %% test="prelu" points=4
def prelu_case(shape, slopes):
    """Compare prelu with F.prelu, value and both gradients, on a fresh input of this shape."""
    x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    weight = torch.tensor(slopes, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn(shape, dtype=torch.float64)
    case = f"x of shape {shape}, weight of shape {tuple(weight.shape)}"
    mine, reference = prelu(x, weight), F.prelu(x, weight)
    assert_same(mine, reference, f"prelu, {case}", at=x)
    grads = torch.autograd.grad(mine, (x, weight), upstream, allow_unused=True)
    expected = torch.autograd.grad(reference, (x, weight), upstream)
    assert_same(grads[0], expected[0], f"the gradient for x, {case}", at=x)
    assert grads[1] is not None, (
        "no gradient for weight: is it the second value that backward returns?"
    )
    assert torch.allclose(grads[1], expected[1]), (
        f"the gradient for weight, {case}:\n  yours    {grads[1].tolist()}\n  expected "
        f"{expected[1].tolist()}\n"
        "  sum g·x over the elements with x ≤ 0 that used each slope"
    )


torch.manual_seed(0)
prelu_case((5,), [0.25])
prelu_case((4, 6), [0.25])
prelu_case((4, 3), [0.25, 0.5, -1.0])
prelu_case((2, 3, 5), [0.25, 0.5, -1.0])
prelu_case((2, 3, 3), [0.25, 0.5, -1.0])  # C == L: a wrong sum has the right shape
prelu_case((2, 3, 4, 5), [0.25, 0.5, -1.0])
x = torch.zeros(1, 2, requires_grad=True)
(grad,) = torch.autograd.grad(prelu(x, torch.tensor([0.3, 0.7])).sum(), x)
assert_same(grad, torch.tensor([[0.3, 0.7]]), "the gradient of prelu at x = 0")
print("PReLU: the visible tests pass")

# %% [markdown]
# **Does it learn?** The identity is a PReLU with slope 1, ReLU is one with slope 0, and $|x|$ is one with slope $-1$.
# So give three channels these three targets, start all slopes at 0.25, and follow them.

# %% demo="prelu_learns"
torch.manual_seed(0)
slopes = nn.Parameter(torch.full((3,), 0.25))
optimizer = torch.optim.SGD([slopes], lr=0.3)
history = []
for _ in range(40):
    x = torch.randn(16, 3, 8)
    target = torch.stack([x[:, 0], x[:, 1].clamp(min=0), x[:, 2].abs()], dim=1)
    loss = (prelu(x, slopes) - target).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(slopes.detach().clone())
fig, ax = plt.subplots(figsize=(7, 3))
goals = (1, "x"), (0, "ReLU(x)"), (-1, "|x|")
for color, (goal, name), line in zip((BLUE, ORANGE, GREEN), goals, torch.stack(history).T):
    ax.plot([0, 39], [goal, goal], color=color, ls=":", lw=1)
    ax.plot(line, color=color)
    ax.text(39.6, goal, f" target {name}", color=color, va="center")
ax.set(
    xlabel="step",
    ylabel="slope",
    xlim=(0, 53),
    title="three slopes, learned through your gradient",
)
plt.show()

# %% [markdown]
# ## Exercise 3: ELU, and what float32 does to it
#
# $$f(x) = \begin{cases} x & x > 0 \\ \alpha\,(e^{x} - 1) & x \le 0 \end{cases} \qquad\qquad
# f'(x) = \begin{cases} 1 & x > 0 \\ \alpha\,e^{x} & x \le 0 \end{cases}$$
#
# Two things go wrong when this is typed as it stands.
#
# * **Near zero.** In float32, $e^{-10^{-8}}$ rounds to exactly 1, and $1 - 1$ is 0: all digits of the answer $-10^{-8}$
#   are gone. `torch.expm1(x)` computes $e^x - 1$ without ever forming $e^x$.
# * **Far right.** $e^{100}$ is `inf` in float32. Nobody asked for it at $x = 100$, but a product `mask * exp(x)`
#   computes it everywhere, and $0 \cdot \infty$ is NaN. `torch.where` *selects*; a product does not.

# %% demo="elu_float32" jupyter={"source_hidden": true}
x = -torch.logspace(-10, 0, 300)
true = torch.expm1(x.double())
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3))
for name, y, color in (
    ("exp(x) − 1", torch.exp(x) - 1, ORANGE),
    ("expm1(x)", torch.expm1(x), BLUE),
):
    axes[0].loglog(-x, ((y - true) / true).abs().clamp(min=1e-9), color=color, label=name)
axes[0].set(title="relative error in float32", xlabel="−x")
axes[0].legend(frameon=False)
x = torch.linspace(-5, 120, 500)
with_mask = (x > 0) * 1.0 + (x <= 0) * torch.exp(x)
axes[1].plot(
    x,
    torch.where(x > 0, 1.0, torch.exp(x)),
    color=BLUE,
    lw=5,
    alpha=0.3,
    label="slope by where",
)
axes[1].plot(x, with_mask, color=ORANGE, label="slope by mask · exp(x)")
first = x[with_mask.isnan()][0].item()
axes[1].axvspan(first, 120, color=ORANGE, alpha=0.12)
axes[1].text(first + 2, 0.5, f"NaN from\nx = {first:.0f}", color=ORANGE)
axes[1].set(title="slope of ELU, α = 1, in float32", xlabel="x", ylim=(-0.05, 1.15))
axes[1].legend(frameon=False, fontsize=9, loc="lower center")
fig.tight_layout()
plt.show()

# %% [markdown]
# **Requirements**
#
# * equal to `F.elu(x, alpha)` for any `alpha` > 0, with gradient $\alpha$ (not 1) at $x = 0$;
# * full precision near zero: `elu(-1e-9)` is `-1e-9` in float32;
# * the gradient is finite for every finite `x`;
# * tensors that `backward` needs go through `ctx.save_for_backward`. If someone changes such a tensor in place between
#   forward and backward, autograd then raises an error; kept as `ctx.x = x` it would quietly use the changed numbers.

# %% answer="elu"
class ELUFunction(torch.autograd.Function):
    """Exponential linear unit: x where x > 0, alpha * (exp(x) - 1) elsewhere."""

    @staticmethod
    def forward(ctx, x, alpha):
        """ELU, as a new tensor with the shape and dtype of x.

        x: floating tensor of any shape. alpha: a Python number > 0.
        """
        ### BEGIN SOLUTION
        ctx.save_for_backward(x)
        ctx.alpha = alpha
        return torch.where(x > 0, x, alpha * torch.expm1(x))
        ### END SOLUTION
        raise NotImplementedError(
            "ELUFunction.forward: save what backward needs, return the activation"
        )

    @staticmethod
    def backward(ctx, grad_output):
        """dL/dx, shape of x, and None for the second argument of forward.

        grad_output: dL/dy, shape of x.
        """
        ### BEGIN SOLUTION
        (x,) = ctx.saved_tensors
        # The clamp changes nothing that is selected. In the branch that is not, it keeps exp finite for exercise 6.
        slope = ctx.alpha * torch.exp(x.clamp(max=0))
        return torch.where(x > 0, grad_output, slope * grad_output), None
        ### END SOLUTION
        raise NotImplementedError(
            "ELUFunction.backward: scale grad_output by the slope at each x"
        )


def elu(x, alpha=1.0):
    """ELU of x, differentiable by ELUFunction."""
    return ELUFunction.apply(x, alpha)


# %% [markdown]
# <details>
# <summary><b>Hint 1: the shape of the answer</b></summary>
#
# Your Leaky ReLU, with $\alpha\,(e^x - 1)$ in the place of $s\,x$ and $\alpha\,e^x$ in the place of $s$. Check your
# backward with an $\alpha$ that is not 1: a forgotten $\alpha$ is invisible at 1.
#
# </details>
#
# <details>
# <summary><b>Hint 2: you may save the result instead</b></summary>
#
# For $x \le 0$ the slope is $\alpha e^x = f(x) + \alpha$. So `backward` can work from the *output*, which the next
# layer keeps alive anyway. PyTorch's in-place ELU does this. (For $\alpha > 0$ the sign of the output tells the sign of
# the input.)
#
# </details>

# %% test="elu" points=5
x = torch.tensor([-3.0, -1.0, -0.1, 0.0, 0.5, 2.0], dtype=torch.float64, requires_grad=True)
upstream = torch.tensor([1.0, -2.0, 3.0, -4.0, 5.0, -6.0], dtype=torch.float64)
for alpha in (1.0, 0.4, 2.5):
    y, reference = elu(x, alpha), F.elu(x, alpha)
    assert_same(y, reference, f"elu(x, {alpha})", at=x)
    assert_same(
        torch.autograd.grad(y, x, upstream)[0],
        torch.autograd.grad(reference, x, upstream)[0],
        f"the gradient of elu(x, {alpha}) for grad_output {upstream.tolist()}",
        at=x,
    )
tiny = torch.tensor([-1e-9])
assert abs(elu(tiny).item() + 1e-9) < 1e-13, (
    f"elu(-1e-9) is {elu(tiny).item()} in float32, expected -1e-9: which function computes "
    "exp(x) - 1 accurately?"
)
large = torch.tensor([100.0, 1e4], requires_grad=True)
(grad,) = torch.autograd.grad(elu(large, 0.5).sum(), large)
assert grad.tolist() == [1.0, 1.0], (
    f"the gradient at x = 100 and 1e4 is {grad.tolist()}, expected [1.0, 1.0]: 0 times inf is "
    "NaN"
)
h = x * 1
y = elu(h)
h.mul_(-1)  # someone overwrites the input between forward and backward
try:
    (grad,) = torch.autograd.grad(y, x, upstream)
except RuntimeError:
    pass  # autograd noticed; that is what save_for_backward is for
else:
    assert_same(
        grad,
        torch.autograd.grad(F.elu(x), x, upstream)[0],
        "the input was overwritten after forward, and nothing noticed; the gradient",
        at=x,
    )
print("ELU: the visible tests pass")

# %% demo="elu_curve"
against(
    "ELU",
    [
        (f"α = {a}", lambda x, a=a: elu(x, a), lambda x, a=a: F.elu(x, a))
        for a in (0.5, 1.0, 2.0)
    ],
)

# %% [markdown]
# ## Exercise 4: GELU, exact and by tanh
#
# The activation of most transformers asks no question about signs at all. It weighs $x$ by the probability that a
# standard normal variable lies below it:
#
# $$f(x) = x\,\Phi(x), \qquad \Phi(x) = \tfrac12\Bigl(1 + \operatorname{erf}\frac{x}{\sqrt2}\Bigr), \qquad
# f'(x) = \Phi(x) + x\,\varphi(x), \qquad \varphi(x) = \frac{e^{-x^2/2}}{\sqrt{2\pi}}.$$
#
# When `erf` was slow, people fitted a tanh to it, and models trained that way (BERT's first code, GPT-2) need that
# variant for ever after:
#
# $$\tilde f(x) = \tfrac12\,x\,(1 + \tanh u), \qquad u = \sqrt{\tfrac2\pi}\,\bigl(x + 0.044715\,x^3\bigr).$$
#
# The two differ by at most $4.7 \cdot 10^{-4}$, near $|x| = 2.7$: too little to see, enough to make a ported model
# drift.

# %% demo="gelu_variants" jupyter={"source_hidden": true}
# Picture: the two variants and their difference.
x = torch.linspace(-5, 5, 500, dtype=torch.float64)
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3))
axes[0].plot(x, F.gelu(x), color=BLUE, lw=4, alpha=0.35, label="exact")
axes[0].plot(x, F.gelu(x, approximate="tanh"), color=ORANGE, lw=1.2, label="tanh")
axes[0].set(title="two curves, one to the eye", xlabel="x", xlim=(-5, 3), ylim=(-0.4, 3))
axes[1].plot(x, F.gelu(x, approximate="tanh") - F.gelu(x), color=GREEN)
axes[1].set(title="tanh variant minus exact", xlabel="x")
axes[1].ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
axes[0].legend(frameon=False)
fig.tight_layout()
plt.show()

# %% [markdown]
# **Requirements**
#
# * `gelu(x)` equals `F.gelu(x)`, and `gelu(x, "tanh")` equals `F.gelu(x, approximate="tanh")`;
# * each variant has its *own* exact derivative. The product rule gives two terms; for the tanh variant the chain rule
#   goes on into $u$.
#
# If you can, let `backward` start from $x$ itself and not from quantities that `forward` happened to compute.
# Exercise 6 tells why.

# %% answer="gelu"
class GELUFunction(torch.autograd.Function):
    """Gaussian error linear unit, exact ("none") or by tanh ("tanh")."""

    @staticmethod
    def forward(ctx, x, approximate):
        """GELU, as a new tensor with the shape and dtype of x.

        x: floating tensor of any shape. approximate: "none" (exact) or "tanh".
        """
        ### BEGIN SOLUTION
        ctx.save_for_backward(x)
        ctx.approximate = approximate
        if approximate == "tanh":
            return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))
        ### END SOLUTION
        raise NotImplementedError(
            "GELUFunction.forward: return the variant that approximate names"
        )

    @staticmethod
    def backward(ctx, grad_output):
        """dL/dx, shape of x, and None for the second argument of forward.

        grad_output: dL/dy, shape of x.
        """
        ### BEGIN SOLUTION
        (x,) = ctx.saved_tensors
        if ctx.approximate == "tanh":
            t = torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
            du = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
            slope = 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * du
        else:
            cdf = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
            pdf = torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
            slope = cdf + x * pdf
        return grad_output * slope, None
        ### END SOLUTION
        raise NotImplementedError(
            "GELUFunction.backward: scale grad_output by the slope of the variant in use"
        )


def gelu(x, approximate="none"):
    """GELU of x, differentiable by GELUFunction. approximate: "none" (exact) or "tanh"."""
    return GELUFunction.apply(x, approximate)


# %% [markdown]
# <details>
# <summary><b>Hint 1: two landmarks</b></summary>
#
# At $x = 0$ the slope is $\tfrac12$, since $\Phi(0) = \tfrac12$ and the second term is zero there: so $x = 0$ tests
# only half of your formula. At $x = \sqrt2$ the exact slope is largest, 1.1289. A slope that never exceeds 1 has lost
# $x\,\varphi(x)$.
#
# </details>
#
# <details>
# <summary><b>Hint 2: the derivative of the tanh variant</b></summary>
#
# Write $t = \tanh u$. Product rule on $\tfrac12 x (1 + t)$, then $\dfrac{dt}{du} = 1 - t^2$, then $\dfrac{du}{dx}$. Do
# not forget that $u$ contains $x^3$.
#
# </details>
#
# <details>
# <summary><b>Hint 3: constants</b></summary>
#
# `math.sqrt(2)` and `math.pi` are Python numbers: they take on the dtype and device of whatever tensor they meet. Is
# there a $\sqrt2$ inside your erf, and a $\sqrt{2\pi}$ under your exponential?
#
# </details>

# %% test="gelu" points=3
x = torch.tensor(
    [-4.0, -2.7, -1.0, -0.3, 0.0, 0.5, 1.4142135, 2.7], dtype=torch.float64, requires_grad=True
)
upstream = torch.tensor([1.0, -2.0, 3.0, -4.0, 5.0, -6.0, 7.0, -8.0], dtype=torch.float64)
for variant in ("none", "tanh"):
    y, reference = gelu(x, variant), F.gelu(x, approximate=variant)
    assert_same(y, reference, f'gelu(x, "{variant}")', at=x)
    assert_same(
        torch.autograd.grad(y, x, upstream)[0],
        torch.autograd.grad(reference, x, upstream)[0],
        f'the gradient of gelu(x, "{variant}") for grad_output {upstream.tolist()}',
        at=x,
    )
single = torch.randn(3, 4)
assert_same(gelu(single), F.gelu(single), "gelu(x) in float32", at=single)
print("GELU: the visible tests pass")

# %% demo="gelu_curve"
against("GELU", [("exact", gelu, F.gelu),
                 ("tanh", lambda x: gelu(x, "tanh"), lambda x: F.gelu(x, approximate="tanh"))])

# %% [markdown]
# ## Exercise 5: ReLU in place
#
# `relu_(h)` overwrites `h` with $\max(0, h)$ and needs no memory for a result. The underscore is PyTorch's sign for
# "this edits its argument". Autograd must be told, for two reasons: whoever saved the old `h` must learn that it is
# gone, and from now on `h` has a new history.

# %% demo="inplace_picture" jupyter={"source_hidden": true}
# Picture: an in-place edit, with and without telling autograd.
parts = []
for column, (title, history, stroke, result) in enumerate(
    (
        (
            "with ctx.mark_dirty(h)",
            "mul → relu_",
            GREEN,
            "(3 * h).sum() goes back through relu_: gradient [0, 3]",
        ),
        (
            "edited without telling",
            "mul",
            ORANGE,
            "(3 * h).sum() goes around relu_: gradient [3, 3], and no error",
        ),
    )
):
    x0 = 20 + 440 * column
    parts += [
        text(x0, 26, title, 14, stroke, "start", "bold"),
        box(x0, 44, 130, 34, "h = [−1, 2]"),
        text(x0 + 65, 96, "history: mul", 12, "#555"),
        arrow(x0 + 132, 61, x0 + 222, 61),
        text(x0 + 176, 53, "relu_(h)", 12),
        box(x0 + 224, 44, 130, 34, "h = [0, 2]", stroke=stroke),
        text(x0 + 289, 96, f"history: {history}", 12, stroke),
        text(x0, 132, result, 13, "#222", "start"),
    ]
show(
    880,
    150,
    *parts,
    words="h = [−1, 2] becomes [0, 2]. With ctx.mark_dirty(h) its history is mul → relu_, "
    "and the gradient of (3 * h).sum() is [0, 3]. Without, its history stays mul: "
    "[3, 3], no error.",
)

# %% [markdown]
# **The contract of an in-place Function**
#
# 1. Edit `x` with in-place operations (`clamp_`, `mul_`, `x[mask] = 0`, ...).
# 2. Call `ctx.mark_dirty(x)`.
# 3. Return `x`: that very tensor, not a copy. Marked and not returned is an error.
#
# **What may be saved?** When `backward` runs, the old values of `x` no longer exist. Saving `x` before the edit does
# not help: it is the same memory. So what is left that still tells where the old `x` was positive?
#
# | saved | extra memory for each float32 element | enough for ReLU? |
# |---|---|---|
# | a `clone()` of the old `x` | 4 bytes | yes, but then why work in place? |
# | a boolean mask, `x > 0` | 1 byte | yes |
# | the result, which lives on as `x` anyway | 0 bytes | that is for you to find out |
#
# **Requirements**
#
# * the result *is* `x`, edited, and its history goes through your Function, also for code that goes on with `x`;
# * gradient 0 at $x = 0$, as for `F.relu_`;
# * no more than 1 byte per element saved beyond `x` itself.
#
# Autograd forbids in-place edits of a leaf that requires a gradient (its values are *the* parameter). Once the tensor
# is marked, PyTorch raises that error for you.

# %% answer="inplace"
class ReLUInplaceFunction(torch.autograd.Function):
    """ReLU that overwrites its argument."""

    @staticmethod
    def forward(ctx, x):
        """x itself, overwritten by max(0, x).

        x: floating tensor of any shape.
        """
        ### BEGIN SOLUTION
        x.clamp_(min=0)
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)  # the result: positive exactly where the old x was
        return x
        ### END SOLUTION
        raise NotImplementedError(
            "ReLUInplaceFunction.forward: edit x, mark it, save what backward needs, return x"
        )

    @staticmethod
    def backward(ctx, grad_output):
        """dL/dx, where x are the values before the edit.

        grad_output: dL/dy, shape of x.
        """
        ### BEGIN SOLUTION
        (result,) = ctx.saved_tensors
        return torch.where(result > 0, grad_output, 0)
        ### END SOLUTION
        raise NotImplementedError(
            "ReLUInplaceFunction.backward: pass on grad_output where the old x was positive"
        )


def relu_(x):
    """Overwrite x with max(0, x) and return it, differentiable by ReLUInplaceFunction."""
    return ReLUInplaceFunction.apply(x)


# %% [markdown]
# <details>
# <summary><b>Hint 1: what the result still knows</b></summary>
#
# The result is 0 where the old $x$ was negative or zero, and positive where it was positive. Which comparison with 0
# separates the two? (`>=` is true everywhere.)
#
# </details>
#
# <details>
# <summary><b>Hint 2: "h goes on as if nothing had happened"</b></summary>
#
# If `(3 * h).sum()` after `relu_(h)` gives gradient 3 where the old value was negative, autograd was not told of the
# edit. Step 2 of the contract.
#
# </details>
#
# <details>
# <summary>Think further: which of the others could run in place, keeping only their result?</summary>
#
# Leaky ReLU with $s = 0.1$: yes, the sign survives. With $s = -0.1$: no, every result is $\ge 0$ and the sign is lost;
# PyTorch's `F.leaky_relu_` raises an error in that case. ELU: yes, $f(x) + \alpha$ is the slope. GELU: no. It falls to
# its lowest value near $x = -0.75$ and rises again on the left of it, so two different $x$ share one result.
#
# </details>

# %% test="inplace" points=4
x = torch.tensor([-2.0, 0.0, 3.0, -1.0, 0.5], requires_grad=True)
upstream = torch.tensor([1.0, -2.0, 3.0, -4.0, 5.0])
h = x * 1  # relu_ may not edit the leaf x, but it may edit what was computed from it
y = relu_(h)
assert y is h, "relu_(h) returned another tensor: return x itself, and tell autograd (step 2)"
assert_same(h, x.detach().clamp(min=0), "h after relu_(h)", at=x)
saved = sum(
    t.numel() * t.element_size()
    for t in y.grad_fn.saved_tensors
    if t.data_ptr() != h.data_ptr()
)
assert saved <= h.numel(), (
    f"{saved / h.numel():g} bytes per element are saved beyond the result, expected at most 1"
)
(grad,) = torch.autograd.grad(y, x, upstream, retain_graph=True)
assert_same(grad, upstream * (x > 0), "the gradient of relu_", at=x)
(grad,) = torch.autograd.grad((3 * h).sum(), x)
assert_same(
    grad,
    3.0 * (x > 0),
    "3 * h after relu_(h) must go back through your Function; the gradient",
    at=x,
)
try:
    relu_(x.detach().clone().requires_grad_())
except RuntimeError as error:
    assert "leaf" in str(error), f"relu_ of a leaf raised something else: {error}"
else:
    raise AssertionError(
        "relu_ edited a leaf that requires a gradient, and autograd did not notice: was it "
        "told?"
    )
print("in place: the visible tests pass")

# %% [markdown]
# ## Exercise 6, extra credit: differentiate the gradient
#
# Some losses contain a gradient: the gradient penalty of a WGAN, a physics-informed network, MAML. Then autograd
# differentiates *your backward*. With `create_graph=True` it records what `backward` does, as it records any other
# code. Nothing needs to be added, but there is one trap.
#
# Take GELU, whose backward is $g \cdot f'(x)$. Its derivative with respect to $x$ is $g \cdot f''(x)$, and autograd can
# find it only if it sees how $f'$ depends on $x$. `forward` ran *without* recording. So a quantity computed in
# `forward` and saved, such as $\Phi(x)$, arrives in `backward` as a constant: right in value, cut off from $x$. Inputs
# and outputs of the Function come back *connected*.

# %% demo="double_picture" jupyter={"source_hidden": true}
# Picture: what backward may build on.
show(
    880,
    220,
    text(20, 28, "what backward may build on", 14, anchor="start", weight="bold"),
    box(30, 60, 90, 36, "x", stroke=BLUE),
    arrow(122, 78, 208, 78),
    box(210, 52, 130, 52, "forward"),
    text(222, 122, "not recorded", 12, "#777", "start"),
    arrow(342, 78, 468, 78),
    box(470, 60, 90, 36, "y", stroke=BLUE),
    box(560, 146, 150, 46, "backward: g · f′(x)"),
    arrow(712, 169, 776, 169),
    box(778, 151, 90, 36, "dL/dx"),
    arrow(552, 98, 616, 143, BLUE),
    text(600, 116, "saved output: connected", 12, BLUE, "start"),
    arrow(332, 106, 556, 160, ORANGE, "6 4"),
    text(330, 150, "saved Φ(x): a constant", 12, ORANGE, "start"),
    f'<path d="M75 98 C 85 190, 200 182, 556 182" fill="none" stroke="{BLUE}" '
    'stroke-width="2" '
    f'marker-end="url(#tip{BLUE[1:]})"/>',
    text(200, 204, "saved input: connected", 12, BLUE, "start"),
    words="backward may build on the saved input and on the saved output: both come back "
    "connected to x. A Φ(x) that forward computed and saved comes back as a "
    "constant.",
)

# %% [markdown]
# `gradcheck` cannot see this: first derivatives are right. `gradgradcheck` differentiates once more. If a test below
# fails, the answer that needs work is the one above. Another casualty of the second round is the *where trap*:
# `torch.where(x > 0, 1, torch.exp(x))` is a fine slope, but differentiating it multiplies the unselected `inf` by 0.
# Keep the unselected branch finite.

# %% test="double_backward" points=0 bonus=3
torch.manual_seed(0)
signs = torch.tensor([-1.0, 1.0, -2.0, 2.0], dtype=torch.float64)
x = (
    (torch.rand(2, 3, 4, dtype=torch.float64) + 0.1) * signs
).requires_grad_()  # away from the corner
a = torch.tensor([0.25, 0.5, -1.0], dtype=torch.float64, requires_grad=True)
for f, inputs in ((prelu, (x, a)), (elu, (x, 0.7)), (gelu, (x, "none")), (gelu, (x, "tanh"))):
    assert gradgradcheck(f, inputs, raise_exception=False), (
        f"{f.__name__}: the derivative of your backward is wrong; is all that it builds on "
        "connected to x?"
    )
far = torch.tensor([-1.0, 200.0], requires_grad=True)
(slope,) = torch.autograd.grad(elu(far).sum(), far, create_graph=True)
(bend,) = torch.autograd.grad(slope.sum(), far)
assert bend.isfinite().all(), (
    f"the second derivative of elu at x = -1 and 200 is {bend.tolist()}, expected [0.3679, "
    "0]: the where trap"
)
print("double backward: the visible tests pass")

# %% [markdown]
# ## Exercise 7, extra credit: a Function for `torch.func`
#
# `torch.func` turns functions into functions: `grad(f)` is the derivative of $f$, `vmap(f)` is $f$ for a whole batch,
# and they nest. It hands your code *transformed* tensors, so it needs a Function in the modern form:
#
# | piece | what it does |
# |---|---|
# | `forward(x)` | only computes; no `ctx` |
# | `setup_context(ctx, inputs, output)` | saves; `inputs` is the tuple of forward's arguments |
# | `backward(ctx, grad_output)` | as before |
# | `jvp(ctx, x_tangent)` | forward mode: how the output moves when $x$ moves by `x_tangent`. It uses `ctx.saved_tensors` too, filled by `ctx.save_for_forward` |
# | `generate_vmap_rule = True` | PyTorch derives the batched version by running your methods on batched tensors |
#
# Under `vmap` a tensor stands for many: questions such as `if x > 0`, `x.item()` or `y[mask] = 0` on it have no single
# answer. `where` does.
#
# **Requirement:** `gelu_func(x)`, the *exact* GELU, which goes through `vmap`, `grad` (also nested), `jvp` and
# `hessian`.

# %% answer="func"
# backward and jvp need the same slope: a function for it can stand here.
### BEGIN SOLUTION
def slope_of_gelu(x):
    return 0.5 * (1 + torch.erf(x / math.sqrt(2))) + x * torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
### END SOLUTION


class GELUFuncFunction(torch.autograd.Function):
    """Exact GELU in the form that torch.func can transform."""

    # What vmap may do with this Function, a class attribute:
    ### BEGIN SOLUTION
    generate_vmap_rule = True
    ### END SOLUTION

    @staticmethod
    def forward(x):
        """x * Phi(x), as a new tensor with the shape and dtype of x. There is no ctx here."""
        ### BEGIN SOLUTION
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))
        ### END SOLUTION
        raise NotImplementedError("GELUFuncFunction.forward: return the exact GELU")

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Save for backward and for jvp; return nothing.

        inputs: the tuple (x,). output: what forward returned.
        """
        ### BEGIN SOLUTION
        (x,) = inputs
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        return
        ### END SOLUTION
        raise NotImplementedError(
            "GELUFuncFunction.setup_context: save x for backward and for forward mode"
        )

    @staticmethod
    def backward(ctx, grad_output):
        """dL/dx, from grad_output = dL/dy."""
        ### BEGIN SOLUTION
        (x,) = ctx.saved_tensors
        return grad_output * slope_of_gelu(x)
        ### END SOLUTION
        raise NotImplementedError("GELUFuncFunction.backward: scale grad_output by the slope")

    @staticmethod
    def jvp(ctx, x_tangent):
        """How the output moves when x moves by x_tangent, both with the shape of x."""
        ### BEGIN SOLUTION
        (x,) = ctx.saved_tensors
        return x_tangent * slope_of_gelu(x)
        ### END SOLUTION
        raise NotImplementedError("GELUFuncFunction.jvp: scale x_tangent by the slope")


def gelu_func(x):
    """Exact GELU of x, fit for torch.func."""
    return GELUFuncFunction.apply(x)


# %% given="func_tools"
def gradient(x):
    """Gradient of sum(gelu_func(x)), shape of x: torch.func.grad alone."""
    return torch.func.grad(lambda v: gelu_func(v).sum())(x)


def derivative(x, order):
    """The derivative of gelu_func of this order at every element of x, shape (n,): vmap over
    nested grad."""
    f = gelu_func
    for _ in range(order):
        f = torch.func.grad(f)
    return torch.func.vmap(f)(x)


def curvature(x):
    """Hessian, shape (n, n), of prod(gelu_func(x)) for x of shape (n,): forward mode over
    reverse mode."""
    return torch.func.hessian(lambda v: gelu_func(v).prod())(x)


def per_sample_gradients(x, w):
    """Gradient of sum(gelu_func(w * x_i)) for w, for each row x_i of x. x: (N, D), w: (D,).
    Returns (N, D)."""
    return torch.func.vmap(
        torch.func.grad(lambda w, row: gelu_func(w * row).sum()), in_dims=(None, 0)
    )(w, x)


def directional(x, tangent):
    """Forward-mode derivative of gelu_func at x along tangent, both of one shape."""
    return torch.func.jvp(gelu_func, (x,), (tangent,))[1]


# %% [markdown]
# <details>
# <summary><b>Hint 1: from the old form to the new</b></summary>
#
# Take your `GELUFunction`. Everything that `forward` did with `ctx` moves to `setup_context`, and `ctx` leaves the
# arguments of `forward`. Then add the class attribute from the table, at the level of the methods.
#
# </details>
#
# <details>
# <summary><b>Hint 2: jvp</b></summary>
#
# For a function that acts on each element alone, `backward` multiplies by $f'(x)$ on the way back and `jvp` multiplies
# by the same $f'(x)$ on the way forward. Write $f'$ once and use it twice.
#
# </details>

# %% test="func" points=0 bonus=3
def gelu_slope(x):
    return 0.5 * (1 + torch.erf(x / math.sqrt(2))) + x * torch.exp(-0.5 * x**2) / math.sqrt(
        2 * math.pi
    )


x = torch.tensor([-2.0, -0.5, 0.0, 1.0, 3.0], dtype=torch.float64)
assert_same(gradient(x), gelu_slope(x), "torch.func.grad of sum(gelu_func(x))", at=x)
assert_same(derivative(x, 0), F.gelu(x), "vmap(gelu_func)", at=x)
assert_same(derivative(x, 1), gelu_slope(x), "vmap(grad(gelu_func))", at=x)
pdf = torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
assert_same(derivative(x, 2), pdf * (2 - x**2), "vmap(grad(grad(gelu_func)))", at=x)
torch.manual_seed(0)
rows, w = torch.randn(6, 3, dtype=torch.float64), torch.randn(3, dtype=torch.float64)
assert_same(per_sample_gradients(rows, w), rows * gelu_slope(w * rows), "per-sample gradients")
tangent = torch.randn(5, dtype=torch.float64)
assert_same(directional(x, tangent), tangent * gelu_slope(x), "jvp(gelu_func)", at=x)
assert_same(
    curvature(x),
    torch.func.hessian(lambda v: F.gelu(v).prod())(x),
    "hessian of prod(gelu_func)",
)
print("torch.func: the visible tests pass")

# %% demo="func_curve"
x = torch.linspace(-4, 4, 400, dtype=torch.float64)
fig, ax = plt.subplots(figsize=(7, 3.2))
for order, (name, color) in enumerate(
    (("GELU", BLUE), ("first derivative", ORANGE), ("second derivative", GREEN))
):
    ax.plot(x, derivative(x, order), color=color, label=name)
ax.plot(
    [2**0.5, -(2**0.5)],
    derivative(torch.tensor([2**0.5, -(2**0.5)], dtype=torch.float64), 1),
    "o",
    color=ORANGE,
)
ax.annotate(
    "steepest at √2: slope 1.129",
    (2**0.5, 1.129),
    (1.75, 0.55),
    color=ORANGE,
    arrowprops={"arrowstyle": "-", "color": ORANGE},
)
ax.set(title="your GELU, differentiated by torch.func", xlabel="x", ylim=(-0.6, 2.5))
ax.legend(frameon=False, fontsize=9, loc="upper left")
plt.show()

# %% [markdown]
# ## What does it cost?
#
# Nothing to write here; run it and read it, on a machine with a GPU if you have one. Without one it times the CPU, which
# has no queue: there a call returns when its work is done.
#
# A GPU works through a queue. A PyTorch call puts a kernel into that queue and returns at once, long before the work is
# done. Read the wall clock after the call and you have timed the *launch*.

# %% demo="timeline" jupyter={"source_hidden": true}
# Picture: who works when.
parts = [
    text(20, 62, "Python", 13, anchor="start", weight="bold"),
    text(20, 122, "GPU", 13, anchor="start", weight="bold"),
]
for k in range(3):
    parts += [
        box(100 + 52 * k, 44, 46, 28, "launch", size=11),
        box(150 + 190 * k, 104, 184, 28, f"kernel {k + 1}", "#DCEBF5", BLUE),
    ]
parts += [
    f'<line x1="262" y1="34" x2="262" y2="84" stroke="{ORANGE}" stroke-width="2"/>',
    text(268, 40, "clock read here: only the launches", 12, ORANGE, "start"),
    box(268, 50, 448, 22, "torch.cuda.synchronize() waits", "#F3F3F3", "#999", 11, "#555"),
    f'<line x1="718" y1="34" x2="718" y2="140" stroke="{GREEN}" stroke-width="2"/>',
    text(726, 62, "clock read here:", 12, GREEN, "start"),
    text(726, 78, "the work", 12, GREEN, "start"),
    f'<line x1="150" y1="98" x2="150" y2="152" stroke="{BLUE}" stroke-width="2"/>',
    text(150, 168, "start event", 12, BLUE),
    text(718, 168, "end event: elapsed_time() is the GPU's own clock", 12, BLUE),
]
show(
    880,
    180,
    *parts,
    words="Python queues three kernels and is done long before the GPU. A clock read then "
    "has timed the launches; read after torch.cuda.synchronize(), or by events, it "
    "has timed the work.",
)

# %% [markdown]
# Four habits make a number worth quoting:
#
# 1. **Warm up.** The first calls pay for loading kernels, filling caches and the allocator's first requests.
# 2. **Synchronize**, or record CUDA events, which the GPU stamps itself as it works through the queue.
# 3. **Take the median** of many runs. The mean belongs to whatever else the machine was doing.
# 4. **Compare like with like**: the same tensor, dtype and device; forward *and* backward.

# %% demo="benchmark"
from torch.utils import benchmark


def seconds_on_cuda(work, warm_up=10, repeats=50):
    """Median duration of one call, from CUDA events."""
    for _ in range(warm_up):
        work()
    stamps = [[torch.cuda.Event(enable_timing=True) for _ in range(2)] for _ in range(repeats)]
    torch.cuda.synchronize()
    for start, end in stamps:
        start.record()
        work()
        end.record()
    torch.cuda.synchronize()  # no stamp can be read before the GPU has reached it
    times = sorted(start.elapsed_time(end) for start, end in stamps)
    return times[repeats // 2] / 1e3


def seconds_on_cpu(work):
    """Median duration of one call, on one thread; the timer warms up by itself."""
    timer = benchmark.Timer("work()", globals={"work": work})
    return timer.blocked_autorange(min_run_time=0.05).median


def forward_and_backward(f, x, upstream):
    """What is timed: a function of no argument."""
    return lambda: torch.autograd.grad(f(x), x, upstream)


# %% demo="benchmark_picture" jupyter={"source_hidden": true}
on_cuda = torch.cuda.is_available()
device, clock = ("cuda", seconds_on_cuda) if on_cuda else ("cpu", seconds_on_cpu)
n = 2**24 if on_cuda else 2**18
x = torch.randn(n, device=device, requires_grad=True)
upstream = torch.randn(n, device=device)
slope = torch.tensor([0.25], device=device)
pairs = {
    "Leaky ReLU": (leaky_relu, F.leaky_relu),
    "PReLU": (lambda x: prelu(x, slope), lambda x: F.prelu(x, slope)),
    "ELU": (elu, F.elu),
    "GELU, exact": (gelu, F.gelu),
    "ReLU in place": (lambda x: relu_(x * 1), lambda x: F.relu_(x * 1)),
}
names = list(pairs)
mine, theirs = (
    [1e3 * clock(forward_and_backward(pairs[name][k], x, upstream)) for name in names]
    for k in range(2)
)

machine = torch.cuda.get_device_name() if on_cuda else "one thread of the CPU"
fig, ax = plt.subplots(figsize=(8, 3.2))
rows = range(len(names))
ax.barh([r - 0.19 for r in rows], mine, height=0.36, color=ORANGE, label="yours")
ax.barh([r + 0.19 for r in rows], theirs, height=0.36, color=BLUE, label="PyTorch's")
for r in rows:
    ax.text(mine[r], r - 0.19, f"  {mine[r] / theirs[r]:.1f}×", va="center", fontsize=9)
ax.set(
    yticks=list(rows),
    yticklabels=names,
    xlabel="milliseconds, forward + backward, median",
    title=f"{n:,} float32 elements on {machine}",
)
ax.invert_yaxis()
ax.margins(x=0.12)
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# Why is yours slower? An activation does almost no arithmetic; its cost is *moving memory*. PyTorch's function
# reads $x$ and writes $y$ in one pass. Yours is several operations, and each one reads and writes a whole tensor. Count the
# operations in your GELU backward and you have most of the factor. (`torch.compile` fuses such chains back into one
# pass.) Custom Functions are for what PyTorch does not have.
#
# ## Pitfalls
#
# * **`None` for what is not a tensor.** `backward` returns one value per argument of `forward`.
# * **Writing into `grad_output`.** In `f(h) + h` both branches receive the same tensor.
# * **A shared parameter's gradient is a sum.** Trust no shape check where two dimensions are equal.
# * **`0 * inf` is NaN.** Select with `where`, and keep the unselected branch finite if it will be differentiated.
# * **Testing at $x = 0$, $\alpha = 1$, $g = 1$.** A lost term, a lost $\alpha$ and a lost $g$ are invisible there.
# * **An undeclared in-place edit** raises nothing and bends the gradient.
# * **Saved intermediates** are constants in double backward.
#
# ## Takeaways
#
# 1. `backward` mirrors `forward`: one gradient per argument, each in its argument's shape, `None` for the rest.
# 2. Whatever was shared or broadcast on the way forward is summed on the way back.
# 3. The formula is half of the work; the other half is how floating point evaluates it.
# 4. Save inputs or outputs, through `save_for_backward`, and autograd can check them, release them and differentiate
#    through them.
# 5. A time without warm-up, synchronization and a median is not a measurement.
#
# ## Further reading
#
# * [Extending PyTorch](https://docs.pytorch.org/docs/stable/notes/extending.html): `save_for_backward`, `mark_dirty`,
#   forward mode
# * [Extending torch.func with autograd.Function](https://docs.pytorch.org/docs/stable/notes/extending.func.html):
#   `setup_context` and `vmap`
# * [Double backward with custom
#   Functions](https://docs.pytorch.org/tutorials/intermediate/custom_function_double_backward_tutorial.html)
# * [Gradcheck mechanics](https://docs.pytorch.org/docs/stable/notes/gradcheck.html)
# * [In-place operations with
#   autograd](https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd)
# * [CUDA semantics: asynchronous
#   execution](https://docs.pytorch.org/docs/stable/notes/cuda.html#asynchronous-execution)
# * The papers: [PReLU](https://arxiv.org/abs/1502.01852), [ELU](https://arxiv.org/abs/1511.07289),
#   [GELU](https://arxiv.org/abs/1606.08415)
