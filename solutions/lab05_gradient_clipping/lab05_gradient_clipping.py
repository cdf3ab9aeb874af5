# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   autograder:
#     title: "Gradient clipping"
#     order: 6
#     difficulty: medium
#     minutes: 60
#     summary: "Clip gradients by value, by norm and by global norm, and see a recurrent network train because of it."
#     needs: "`.grad`, optimizers, the training loop"
#     feedback: hint
#     exercises:
#       - goal: "edit gradients in place, entry by entry"
#         tests: [value]
#         minutes: 10
#         difficulty: easy
#       - goal: "shrink a tensor to a length without turning it"
#         tests: [norm]
#         minutes: 10
#         difficulty: easy
#       - goal: "shrink all gradients by one factor, and handle missing and broken ones"
#         tests: [global_norm, edge]
#         minutes: 25
#         difficulty: medium
#       - goal: "put clipping into the right place of a training step"
#         tests: [step]
#         minutes: 15
#         difficulty: easy
#       - goal: "measure a gradient that is stored as a list of rows"
#         tests: [sparse]
#         minutes: 15
#         difficulty: hard
# ---

# %% [markdown]
# # Lab 05: Gradient clipping
#
# | | |
# |---|---|
# | **Difficulty** | medium |
# | **Time** | 60 minutes, and 15 for the extra credit |
# | **You need** | `.grad`, optimizers and the training loop; the length of a vector. No earlier lab's code |
# | **You will be able to** | clip gradients in three ways, and say what each does to their direction |
# | | handle missing, empty and broken gradients |
# | | put clipping into the right place of a training step |
# | | rescue a network that explodes, and read from the norm that it will |
# | **Points** | 20: value 3 · norm 4 · global_norm 6 · edge 4 · step 3; 2 more for the extra credit |

# %% [markdown]
# ## The problem
#
# A recurrent network applies the same weight again and again. In the smallest one there is, a single weight $w$ is
# applied $T$ times to the state $h_0 = 1$, and the result should be 0.5:
#
# $$h_T = w^T, \qquad L(w) = (w^T - 0.5)^2, \qquad \frac{dL}{dw} = 2\,(w^T - 0.5)\; T\, w^{T-1}$$
#
# For $T = 20$ the gradient is near 0 at $w = 0.5$. At $w = 1.2$ it is **48,000**. A step of $0.01$ times that throws
# $w$ to −482, and nothing ever brings it back.
#
# The *direction* was right: downhill. Only the *length* was absurd. **Clipping** keeps the one and bounds the other.
#
# **Your job:** the three ways to clip (by value, by norm, by global norm), the edge cases that break real training
# runs, and the training step around it. At the end a recurrent network that explodes without your function learns
# with it.
#
# ## Why it matters
#
# * Nearly every large language model is trained with a global norm clip, usually at 1.0. The norm that the function
#   returns is among the first curves one looks at when a run goes bad.
# * Clipping runs *in between* `backward()` and `step()`, silently. Most mistakes with it raise no error. They turn
#   the direction of the update, enlarge small gradients, or do nothing at all.
#
# (The code of pictures is folded in this notebook; click on the dots to open it.)

# %% given="imports"
import math

import torch
from torch import nn

# %% demo="cliff" jupyter={"source_hidden": true}
import base64
from html import escape

import matplotlib.pyplot as plt
from IPython.display import display

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


def one_weight_network(w, steps=20):
    """Loss and derivative of the recurrent network with a single weight."""
    return (w**steps - 0.5) ** 2, 2 * (w**steps - 0.5) * steps * w ** (steps - 1)


w_line = torch.linspace(0.5, 1.25, 400, dtype=torch.float64)
figure, axis = plt.subplots(figsize=(8, 3.8))
axis.semilogy(w_line, one_weight_network(w_line)[0], color="black", lw=1.5)
w, path = 1.2, []
for _ in range(40):
    loss, slope = one_weight_network(w)
    path.append((w, loss))
    w -= 0.01 * slope * min(1.0, 1.0 / abs(slope))
axis.plot(
    *zip(*path),
    "o-",
    color=BLUE,
    ms=5,
    lw=1,
    label="gradient clipped to length 1: steps of 0.01",
)
start_loss, start_slope = one_weight_network(1.2)
axis.annotate(
    "",
    xy=(0.5, start_loss),
    xytext=(1.2, start_loss),
    arrowprops=dict(arrowstyle="->", color=ORANGE, lw=2),
)
landing = 1.2 - 0.01 * start_slope
axis.text(
    0.52,
    start_loss * 0.2,
    f"not clipped: the first step leads to w = −{-landing:.0f}",
    color=ORANGE,
)
axis.set(
    title="a cliff: loss of a network that applies one weight 20 times",
    xlabel="weight w",
    ylabel="loss (log scale)",
    ylim=(1e-6, 1e4),
)
axis.legend(loc="lower left")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Three ways to clip
#
# Let $g_1, \dots, g_n$ be the gradients of all parameter tensors of a model.
#
# **By value.** Cut every single number off at $\pm c$: $\;g \leftarrow \min(\max(g, -c), c)$.
#
# **By norm.** Shrink each tensor whose own length $\|g_i\| = \sqrt{\sum g_i^2}$ is more than $m$:
#
# $$g_i \;\leftarrow\; g_i \cdot \min\!\left(1, \frac{m}{\|g_i\|}\right)$$
#
# **By global norm.** Take all gradients as **one** long vector and shrink them all by **one** factor:
#
# $$\|g\| = \sqrt{\|g_1\|^2 + \dots + \|g_n\|^2}, \qquad
# g_i \;\leftarrow\; g_i \cdot \min\!\left(1, \frac{m}{\|g\|}\right)$$
#
# Only the last keeps the direction of the update as a whole. That is why it is the one in use.
#
# ### A worked example
#
# Two parameters with the gradients $(3)$ and $(4)$, limit 1:
#
# | | first | second | length together | direction |
# |---|---:|---:|---:|---|
# | before | 3 | 4 | 5 | 3 : 4 |
# | by value, $c = 1$ | 1 | 1 | 1.41 | 1 : 1, turned |
# | by norm, $m = 1$ (each tensor alone) | 1 | 1 | 1.41 | 1 : 1, turned |
# | by global norm, $m = 1$ | 0.6 | 0.8 | 1 | 3 : 4, **kept** |
#
# And with limit 10, nothing changes in any row: clipping never makes a gradient longer.

# %% demo="place" jupyter={"source_hidden": true}
def step_diagram():
    """The training step as an SVG string: clipping has one place, between backward and
    step."""
    boxes = [
        ("zero_grad()", "old gradients gone", "#999999"),
        ("loss.backward()", "new gradients", "#0072B2"),
        ("clip", "gradients bounded", "#D55E00"),
        ("optimizer.step()", "weights move", "#009E73"),
    ]
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 130" width="900" '
        'height="130" font-family="sans-serif">'
        '<rect width="900" height="130" fill="white"/>'
    ]
    for i, (name, effect, color) in enumerate(boxes):
        x = 20 + 222 * i
        parts.append(
            f'<rect x="{x}" y="30" width="180" height="46" rx="6" fill="{color}" '
            'fill-opacity="0.15" '
            f'stroke="{color}" stroke-width="2"/>'
        )
        parts.append(
            f'<text x="{x + 90}" y="58" font-size="15" text-anchor="middle" '
            f'fill="#111">{name}</text>'
        )
        parts.append(
            f'<text x="{x + 90}" y="100" font-size="13" text-anchor="middle" '
            f'fill="#444">{effect}</text>'
        )
        if i:
            parts.append(
                f'<path d="M{x - 38} 53 H{x - 8} m-8 -5 l8 5 l-8 5" fill="none" stroke="#444" '
                'stroke-width="2"/>'
            )
    return "".join(parts) + "</svg>"


words = "zero_grad(), loss.backward(), clip, optimizer.step(): in this order."
display(Picture(step_diagram(), words))

# %% [markdown]
# ## Exercise 1: by value
#
# ### Requirements (they hold for all exercises)
#
# 1. `parameters` is any iterable of tensors: a list, or the **generator** that `model.parameters()` returns.
# 2. A parameter whose `.grad` is `None` took no part in the loss. Skip it.
# 3. Change the gradient tensors **in place**. Others hold on to the very same tensors: optimizers, data-parallel
#    buckets, your own plots.
# 4. Never touch the weights. Never make a gradient longer.
#
# **From scratch** means: exercises 1 to 3 do not call PyTorch's own `clip_grad_norm_`, `clip_grad_value_` and their
# relatives in `torch.nn.utils`. An answer that does earns nothing. `torch.linalg.vector_norm`, `clamp_` and all other
# building blocks are welcome, and in cells of your own you may compare with whatever you like.
#
# **Points.** The grader lays parameters and gradients of its own into your notebook, drawn afresh for every run, and
# looks at them after your functions have run. value 3, norm 4, global_norm 6, edge 4, step 3; 20 in all, and 2 extra
# for sparse gradients.
#
# Write your code where it says `# YOUR CODE HERE`, and delete the line `raise NotImplementedError(...)` below it: the
# first two functions return nothing, so Python would run into the `raise` after your last line.
#
# PyTorch marks functions that work in place by a trailing underscore, as in `clip_grad_norm_`. Ours go without.

# %% answer="value"
def clip_by_value(parameters, clip_value: float) -> None:
    """Cut every entry of every gradient off at -clip_value and +clip_value, in place.

    Args:
        parameters: an iterable of tensors; those whose .grad is None are skipped.
        clip_value: >= 0.
    """
    ### BEGIN SOLUTION
    for p in parameters:
        if p.grad is not None:
            p.grad.clamp_(-clip_value, clip_value)
    return
    ### END SOLUTION
    raise NotImplementedError("clip_by_value: bound every entry of every gradient")

# %% [markdown]
# <details>
# <summary><b>Hint 1: What does "in place" mean here?</b></summary>
#
# After `g = p.grad; clip_by_value([p], 1.0)` the tensor `g` must hold the clipped numbers. Assigning to a local name
# changes no tensor, and `p.grad = ...` puts another tensor into its place. Tensor methods whose names end in an
# underscore write into the tensor itself.
#
# </details>

# %% test="value" points=3
def parameter(weight, gradient):
    """A parameter with this gradient, None for no gradient."""
    p = nn.Parameter(torch.tensor(weight))
    p.grad = None if gradient is None else torch.tensor(gradient)
    return p


p, unused, q = (
    parameter([9.0, 9.0, 9.0], [0.5, -3.0, 2.0]),
    parameter([9.0], None),
    parameter([[9.0]], [[-0.1]]),
)
held = p.grad
clip_by_value(iter([p, unused, q]), 1.0)
assert p.grad.tolist() == [0.5, -1.0, 1.0], (
    f"(0.5, -3, 2) clipped at 1 became {p.grad.tolist()}, expected [0.5, -1, 1]"
)
assert held.tolist() == [0.5, -1.0, 1.0], (
    f"not in place: the tensor that was p.grad still holds {held.tolist()}"
)
assert p.tolist() == [9.0, 9.0, 9.0], (
    f"the weights were (9, 9, 9) and are now {p.tolist()}; only gradients may change"
)
assert unused.grad is None, "a parameter without a gradient now has one"
assert math.isclose(q.grad.item(), -0.1, abs_tol=1e-6), (
    f"-0.1 is within ±1 but became {q.grad.item()}"
)
print("value: the visible tests pass")

# %% [markdown]
# ## Exercise 2: by norm, each tensor on its own

# %% answer="norm"
def clip_by_norm(parameters, max_norm: float) -> None:
    """Shrink every gradient that is longer than max_norm to that length, each by its own norm,
    in place.

    Args:
        parameters: an iterable of tensors; those whose .grad is None are skipped.
        max_norm: > 0. Lengths are Euclidean, over all entries of a tensor whatever its shape.
    """
    ### BEGIN SOLUTION
    for p in parameters:
        if p.grad is not None:
            norm = torch.linalg.vector_norm(p.grad)
            if norm > max_norm:
                p.grad.mul_(max_norm / norm)
    return
    ### END SOLUTION
    raise NotImplementedError("clip_by_norm: shrink each gradient that is too long")

# %% [markdown]
# <details>
# <summary><b>Hint 1: What if the norm is 0?</b></summary>
#
# It is not larger than `max_norm`, so nothing has to happen. If you divide before you compare, 0/0 gives `nan`, or
# $m/0$ gives `inf`, and `inf * 0` gives `nan` once more.
#
# </details>

# %% test="norm" points=4
p, q = (
    parameter([[0.0, 3.0], [4.0, 0.0]], [[0.0, 3.0], [4.0, 0.0]]),
    parameter([1.0, 1.0], [0.1, -0.2]),
)
zero, unused = parameter([5.0], [0.0]), parameter([5.0], None)
clip_by_norm([p, q, zero, unused], 1.0)
for got, want in zip(p.grad.flatten().tolist(), [0.0, 0.6, 0.8, 0.0]):
    assert math.isclose(got, want, abs_tol=1e-4), (
        f"[[0, 3], [4, 0]] has length 5. Clipped to 1 it became {p.grad.tolist()}, "
        "expected [[0, 0.6], [0.8, 0]]"
    )
assert torch.allclose(q.grad, torch.tensor([0.1, -0.2])), (
    f"(0.1, -0.2) is short enough but became {q.grad.tolist()}"
)
assert zero.grad.tolist() == [0.0], f"the zero gradient became {zero.grad.tolist()}"
print("norm: the visible tests pass")

# %% [markdown]
# ## Exercise 3: by global norm
#
# This is `torch.nn.utils.clip_grad_norm_`, with its contract:
#
# * It **returns** the global norm as it was **before** clipping, as a tensor of shape `()`: the number one logs.
# * No gradients at all (an empty list, or only `None`) means norm 0, not an error.
# * PyTorch divides by $\|g\| + 10^{-6}$. You may or may not: the difference is far below what matters, and both pass.
#
# ### What if a gradient is `nan`?
#
# Then so is the norm, and with it the factor: one broken number would make **every** gradient `nan`. There are three
# policies.
#
# | policy | what happens | who does it |
# |---|---|---|
# | spread | all gradients become `nan`, then all weights | PyTorch's default |
# | raise | an error, with all gradients **as they were**, so one can look for the culprit | `error_if_nonfinite=True` |
# | skip | this step is left out | mixed-precision training (`GradScaler`) |
#
# You write the first two: with `error_if_nonfinite=True`, raise a `RuntimeError` if the norm is `nan` or `inf`,
# *before* any gradient is changed. Without it, do as PyTorch does: no special case, so that a `nan` reaches every
# gradient. (Every comparison with `nan` is false: `norm > max_norm` leaves all of them as they are.)

# %% answer="global_norm"
def clip_by_global_norm(
    parameters, max_norm: float, error_if_nonfinite: bool = False
) -> torch.Tensor:
    """Shrink all gradients by one common factor so that their global norm is at most max_norm,
    in place.

    Args:
        parameters: an iterable of tensors; those whose .grad is None are skipped.
        max_norm: > 0.
        error_if_nonfinite: raise if the norm is nan or inf, with every gradient left as it
            was.

    Returns:
        The global norm before clipping, shape (); 0 where there is no gradient.

    Raises:
        RuntimeError: the norm is nan or inf, and error_if_nonfinite is set.
    """
    ### BEGIN SOLUTION
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return torch.tensor(0.0)
    total_norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients]))
    if error_if_nonfinite and not total_norm.isfinite():
        raise RuntimeError(f"the gradients' norm is {total_norm.item()}; no gradient was changed")
    factor = (max_norm / (total_norm + 1e-6)).clamp(max=1.0)
    for g in gradients:
        g.mul_(factor)
    return total_norm
    ### END SOLUTION
    raise NotImplementedError(
        "clip_by_global_norm: one norm over all gradients, one factor for all of them"
    )

# %% [markdown]
# <details>
# <summary><b>Hint 1: How many loops?</b></summary>
#
# Two. The factor is known only after the last gradient has been measured, and the first gradient needs it as well.
#
# </details>
#
# <details>
# <summary><b>Hint 2: My second loop does nothing when I pass model.parameters()</b></summary>
#
# A generator can be walked through once. Put what you need into a list first; that is also the moment to leave out
# the `None`s.
#
# </details>
#
# <details>
# <summary><b>Hint 3: The norm of all from the norms of each</b></summary>
#
# Lengths at right angles add like the sides of a triangle: 3 and 4 make 5, not 7. Squares add up; take the root at
# the end, once. Put differently: the norm of the vector of norms.
#
# </details>

# %% test="global_norm" points=6
p, unused, q = parameter([9.0], [3.0]), parameter([9.0], None), parameter([[9.0]], [[4.0]])
held = p.grad
norm = clip_by_global_norm([p, unused, q], 1.0)
assert norm is not None, (
    "clip_by_global_norm returned None; the norm before clipping is asked for"
)
assert math.isclose(norm, 5.0, abs_tol=1e-4), (
    f"gradients (3) and (4): you return {float(norm):g}, expected their norm before "
    "clipping, 5"
)
assert math.isclose(p.grad.item(), 0.6, abs_tol=1e-4) and math.isclose(
    q.grad.item(), 0.8, abs_tol=1e-4
), (
    f"gradients (3) and (4) clipped to 1 became ({p.grad.item():g}) and ({q.grad.item():g}), "
    "expected (0.6) and (0.8)"
)
assert math.isclose(held.item(), 0.6, abs_tol=1e-4), (
    f"not in place: the tensor that was p.grad still holds {held.item():g}"
)
clip_by_global_norm([p, q], 10.0)
assert math.isclose(p.grad.item(), 0.6, abs_tol=1e-4), (
    f"0.6 was short enough for max_norm = 10 but became {p.grad.item():g}"
)

torch.manual_seed(0)
mine, theirs = nn.Linear(4, 3), nn.Linear(4, 3)
for a, b in zip(mine.parameters(), theirs.parameters()):
    a.grad = torch.randn_like(a)
    b.grad = a.grad.clone()
norm = clip_by_global_norm(mine.parameters(), 0.5)
expected_norm = nn.utils.clip_grad_norm_(theirs.parameters(), 0.5)
assert math.isclose(norm, expected_norm, rel_tol=1e-5), (
    f"for nn.Linear(4, 3) you return {float(norm):g}, PyTorch returns {float(expected_norm):g}"
)
for a, b in zip(mine.parameters(), theirs.parameters()):
    assert torch.allclose(a.grad, b.grad, atol=1e-5), (
        "for model.parameters() your clipped gradients differ from PyTorch's: what happens to "
        "a generator?"
    )
print("global_norm: the visible tests pass")

# %% test="edge" points=4
for empty in ([], [parameter([1.0], None)]):
    assert float(clip_by_global_norm(empty, 1.0)) == 0.0, "without any gradient the norm is 0"
zero = parameter([5.0, 5.0], [0.0, 0.0])
clip_by_global_norm([zero], 1.0)
assert zero.grad.tolist() == [0.0, 0.0], f"the zero gradient became {zero.grad.tolist()}"

p, q = parameter([1.0], [3.0]), parameter([1.0, 1.0], [float("nan"), 4.0])
try:
    clip_by_global_norm([p, q], 1.0, error_if_nonfinite=True)
except RuntimeError:
    pass
else:
    raise AssertionError(
        "a gradient is nan and error_if_nonfinite=True, but no RuntimeError came"
    )
assert p.grad.item() == 3.0 and q.grad[1].item() == 4.0, (
    "the error came after gradients had been changed"
)
print("edge: the visible tests pass")

# %% [markdown]
# ### Look at your work
#
# Left: **one** parameter tensor with two entries. Right: **two** parameter tensors, one drawn along each axis. The
# shaded shapes hold the gradients that a rule lets pass. A square has corners, and a long arrow is pulled into a
# corner: it turns. A disc has none.

# %% demo="arrows" jupyter={"source_hidden": true}
def clipped(function, gradients, limit):
    """What `function` makes of these gradients, one parameter each, as one flat list."""
    parameters = [parameter([0.0] * len(g), g) for g in gradients]
    function(parameters, limit)
    return torch.cat([p.grad for p in parameters]).tolist()


figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.6))
panels = [
    (
        axes[0],
        [[3.2, 1.2]],
        "one tensor: by value or by norm",
        "first entry",
        "second entry",
        [("by value", clip_by_value, ORANGE), ("by norm", clip_by_norm, BLUE)],
    ),
    (
        axes[1],
        [[3.2], [1.2]],
        "two tensors: each alone or all together",
        "gradient of the first tensor",
        "gradient of the second tensor",
        [
            ("each by its own norm", clip_by_norm, ORANGE),
            ("by global norm", clip_by_global_norm, BLUE),
        ],
    ),
]
for axis, gradients, title, xlabel, ylabel, rules in panels:
    flat = [value for g in gradients for value in g]
    axis.add_patch(plt.Rectangle((-1, -1), 2, 2, color=ORANGE, alpha=0.12))
    axis.add_patch(plt.Circle((0, 0), 1, color=BLUE, alpha=0.18))
    axis.annotate(
        "", xy=flat, xytext=(0, 0), arrowprops=dict(arrowstyle="->", color=GRAY, lw=2, ls="--")
    )
    axis.text(flat[0] - 0.2, flat[1] + 0.12, "before", color="#555555", ha="right")
    for row, (name, function, color) in enumerate(rules):
        end = clipped(function, gradients, 1.0)
        angle = math.degrees(math.atan2(end[1], end[0]) - math.atan2(flat[1], flat[0]))
        axis.annotate(
            "", xy=end, xytext=(0, 0), arrowprops=dict(arrowstyle="-|>", color=color, lw=3)
        )
        axis.text(
            1.15,
            -0.55 - 0.4 * row,
            f"{name}: turned by {abs(angle):.0f}°",
            color=color,
            fontsize=9,
        )
    axis.set(
        title=title,
        xlabel=xlabel,
        ylabel=ylabel,
        xlim=(-1.3, 4.9),
        ylim=(-1.3, 1.9),
        aspect="equal",
    )
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Exercise 4: the training step
#
# Clip too early and there is nothing to clip. Clip too late and the weights have moved already. Neither raises an
# error. Write the whole step, with clipping by global norm. (Here you may call your `clip_by_global_norm` or
# PyTorch's `nn.utils.clip_grad_norm_`: you have earned it.)
#
# The network to be trained is given: a plain recurrent network,
# $h_{k+1} = \mathrm{relu}(x_k w_{in}^\top + h_k W^\top + b)$, which has to add up thirty numbers. Its recurrent
# matrix starts at $1.1 \cdot I$, so a signal, and a gradient too, grows by $1.1^{30} = 17$ on its way through time.

# %% given="network"
def rnn_parameters(
    hidden: int = 16, recurrent: float = 1.1, seed: int = 0
) -> list[nn.Parameter]:
    """Input weights (hidden, 1), recurrent weights (hidden, hidden), bias (hidden,), output
    weights (1, hidden)."""
    generator = torch.Generator().manual_seed(seed)
    return [
        nn.Parameter(0.3 * torch.randn(hidden, 1, generator=generator)),
        nn.Parameter(recurrent * torch.eye(hidden)),
        nn.Parameter(torch.zeros(hidden)),
        nn.Parameter(0.3 * torch.randn(1, hidden, generator=generator)),
    ]


def rnn_loss(parameters, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean squared error of the network's last output; inputs (batch, time), targets
    (batch,)."""
    w_in, w_recurrent, bias, w_out = parameters
    h = inputs.new_zeros(inputs.shape[0], w_recurrent.shape[0])
    for k in range(inputs.shape[1]):
        h = torch.relu(inputs[:, k : k + 1] @ w_in.T + h @ w_recurrent.T + bias)
    return ((h @ w_out.T).squeeze(1) - targets).square().mean()

# %% answer="step"
def clipped_step(
    loss: torch.Tensor, parameters: list, optimizer, max_norm: float
) -> torch.Tensor:
    """One training step with clipping by global norm.

    Args:
        loss: a tensor of shape (), computed from the parameters, not yet backpropagated.
        parameters: a list of the tensors that the optimizer updates. They may hold gradients
            of an earlier step.
        optimizer: a torch.optim.Optimizer over the same parameters.
        max_norm: > 0.

    Returns:
        The global norm of this step's gradients before clipping, shape ().
    """
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(parameters, max_norm)
    optimizer.step()
    return norm
    ### END SOLUTION
    raise NotImplementedError("clipped_step: clear, backward, clip, step, each in its place")

# %% [markdown]
# <details>
# <summary><b>Hint 1: Four lines, one order</b></summary>
#
# Look at the diagram above. Ask of each line: what must have happened before it can do its work?
#
# </details>

# %% test="step" points=3
# p still holds a gradient from an earlier step:
p, q = parameter([1.0], [100.0]), parameter([1.0], None)
optimizer = torch.optim.SGD([p, q], lr=1.0)
norm = clipped_step((3 * p + 4 * q).sum(), [p, q], optimizer, 1.0)
assert norm is not None, "clipped_step returned None; the norm before clipping is asked for"
assert math.isclose(norm, 5.0, abs_tol=1e-4), (
    f"3 p + 4 q has gradients 3 and 4, norm 5; you return {float(norm):g} (p came with an old "
    "gradient of 100)"
)
assert math.isclose(p.item(), 0.4, abs_tol=1e-4) and math.isclose(
    q.item(), 0.2, abs_tol=1e-4
), (
    f"from (1, 1) with learning rate 1 and max_norm 1 you arrive at ({p.item():g}, "
    f"{q.item():g}), "
    "expected (0.4, 0.2)"
)
print("step: the visible tests pass")

# %% [markdown]
# ### The rescue
#
# Four runs: same network, same start, same data. Without clipping, the usual learning rate destroys the network in
# one step. A ten times smaller one throws every unit into the flat part of its ReLU: no unit fires, every gradient is
# exactly 0, and the network is dead. A hundred times smaller, it survives a wild first step and hardly learns. With
# your clipping, the *usual* rate works.

# %% demo="rescue" jupyter={"source_hidden": true}
def train_rnn(learning_rate, max_norm, steps=500):
    """Loss and gradient norm of every step."""
    parameters = rnn_parameters()
    optimizer = torch.optim.SGD(parameters, lr=learning_rate)
    generator = torch.Generator().manual_seed(1)
    losses, norms = [], []
    for _ in range(steps):
        inputs = torch.rand(32, 30, generator=generator) - 0.5
        loss = rnn_loss(parameters, inputs, inputs.sum(dim=1))
        norms.append(float(clipped_step(loss, parameters, optimizer, max_norm)))
        losses.append(loss.item())
    return losses, norms


runs = [
    (0.01, 1.0, "lr 0.01, clipped to 1", dict(color=BLUE, lw=2)),
    (0.01, math.inf, "lr 0.01", dict(color=ORANGE, lw=2)),
    (0.001, math.inf, "lr 0.001", dict(color=PURPLE, lw=1.5)),
    (0.0001, math.inf, "lr 0.0001", dict(color=GREEN, lw=1.5)),
]
figure, (left, right) = plt.subplots(1, 2, figsize=(11.5, 4.2))
for learning_rate, max_norm, name, style in runs:
    losses, norms = train_rnn(learning_rate, max_norm)
    smooth = [
        sum(losses[max(0, i - 9) : i + 1]) / len(losses[max(0, i - 9) : i + 1])
        for i in range(len(losses))
    ]
    left.plot(smooth, label=name, **style)
    right.plot([n if n > 0 else math.nan for n in norms], label=name, **style)
    if not math.isfinite(norms[1]):
        right.plot(0, norms[0], "X", color=style["color"], ms=10)
    if max(losses) > 1e30:
        left.annotate(
            "explodes at step 1\n(loss beyond 1e30)",
            xy=(2, 5.6),
            xytext=(60, 4.7),
            color=style["color"],
            arrowprops=dict(arrowstyle="->", color=style["color"]),
        )
    if norms[-1] == 0:
        left.annotate(
            "dead: gradient exactly 0",
            xy=(300, 2.5),
            xytext=(210, 3.7),
            color=style["color"],
            arrowprops=dict(arrowstyle="->", color=style["color"]),
        )
right.axhline(1.0, color="black", lw=1, ls="--")
right.text(330, 0.62, "max_norm = 1", va="top")
left.set(title="loss, mean of ten steps", xlabel="step", ylim=(0, 6))
right.set(title="gradient norm before clipping", xlabel="step", yscale="log", ylim=(0.1, 1e7))
right.legend(loc="upper right")
figure.tight_layout()
plt.show()

# %% [markdown]
# Look at the right picture again: the blue norm starts near 1,000, falls below 100 within the first hundred steps, and
# never below 10. So *every* step is clipped. The optimizer then takes steps of one fixed length, and the gradient only says where to. A norm that is always far above
# the limit is also a message: this network would like a better initialization. Clipping treats the symptom, and often
# that is all one needs.

# %% [markdown]
# ## Exercise 5, extra credit: sparse gradients
#
# An embedding table with a million rows gets a gradient in the few rows that a batch looked up. With
# `nn.Embedding(..., sparse=True)` PyTorch stores only these rows, as a **sparse tensor**: a list of row numbers and a
# list of rows. The `clip_grad_norm_` of PyTorch 2.0 to 2.13 cannot measure it. Run the next cell to see what
# yours says.
#
# Write `clip_sparse_by_global_norm(parameters, max_norm)`, which does what `clip_by_global_norm` does for dense
# gradients, sparse gradients, and any mixture. A sparse gradient stays sparse.
#
# One trap: if a batch looks up row 1 twice, the list holds row 1 **twice**, and the gradient of row 1 is the *sum* of
# both entries. For such an "uncoalesced" tensor the norm of the list is not the norm of the gradient.

# %% demo="sparse_failure"
embedding = nn.Embedding(5, 3, sparse=True)
embedding(torch.tensor([1, 1, 4])).sum().backward()
print("rows in the list:", embedding.weight.grad._indices().tolist()[0])
print("norm of the list:           ", embedding.weight.grad._values().norm().item())
print("norm of the gradient itself:", embedding.weight.grad.to_dense().norm().item())
try:
    norm = nn.utils.clip_grad_norm_(embedding.parameters(), 1.0)
    print(f"clip_grad_norm_ of PyTorch {torch.__version__} can do it: the norm is {norm:.4f}")
except (NotImplementedError, RuntimeError) as error:
    said = str(error).split(" with arguments")[0]
    print(f"clip_grad_norm_ of PyTorch {torch.__version__} fails: {said}")

# %% answer="sparse"
def clip_sparse_by_global_norm(parameters, max_norm: float) -> torch.Tensor:
    """clip_by_global_norm for gradients that may be sparse (torch.sparse_coo, coalesced or
    not), in place.

    Args:
        parameters: an iterable of tensors; those whose .grad is None are skipped.
        max_norm: > 0.

    Returns:
        The global norm before clipping, shape ().
    """
    ### BEGIN SOLUTION
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return torch.tensor(0.0)
    # Duplicate rows add up, so they must be added before they are squared. Scaling is linear and may act on the list.
    values = [g.coalesce().values() if g.is_sparse else g for g in gradients]
    total_norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(v) for v in values]))
    factor = (max_norm / (total_norm + 1e-6)).clamp(max=1.0)
    for g in gradients:
        g.mul_(factor)
    return total_norm
    ### END SOLUTION
    raise NotImplementedError(
        "clip_sparse_by_global_norm: the global norm over dense and sparse gradients"
    )

# %% [markdown]
# <details>
# <summary><b>Hint 1: Useful things to look up</b></summary>
#
# `Tensor.is_sparse`, `Tensor.coalesce()` and `Tensor.values()`. Measuring needs the sums; scaling does not:
# $c\,(a + b) = c\,a + c\,b$.
#
# </details>

# %% test="sparse" points=0 bonus=2
embedding, dense = nn.Embedding(5, 3, sparse=True), parameter([0.0], [1.0])
embedding(torch.tensor([1, 1, 4])).sum().backward()
norm = clip_sparse_by_global_norm([embedding.weight, dense], 2.0)
assert math.isclose(norm, 4.0, abs_tol=1e-4), (
    f"rows (2, 2, 2), (1, 1, 1) and a dense (1): you return {float(norm):g}, expected the "
    "norm 4"
)
assert embedding.weight.grad.is_sparse, "the sparse gradient has become dense"
row = embedding.weight.grad.to_dense()[1].tolist()
assert math.isclose(row[0], 1.0, abs_tol=1e-4), (
    f"row 1 of the clipped gradient is {row}, expected [1, 1, 1]"
)
assert math.isclose(dense.grad.item(), 0.5, abs_tol=1e-4), (
    f"the dense gradient is {dense.grad.item():g}, expected 0.5"
)
print("sparse: the visible tests pass")

# %% [markdown]
# ## Pitfalls
#
# * **Without the `min` with 1** clipping becomes *normalizing*: near a minimum, where gradients should fade, they are
#   blown up to `max_norm`, and training never settles.
# * **The sum of the norms is not the norm of them all together.** 3 and 4 make 5. And a test with one parameter cannot tell them apart.
# * **Mixed precision:** gradients are scaled up by 65,536 or so. Call `scaler.unscale_(optimizer)` before you clip,
#   or you clip to a 65,536th.
# * **Gradient accumulation:** clip once, after the last `backward()`, right before `step()`.
# * **Shared weights** passed twice are counted twice and shrunk twice. `model.parameters()` lists every tensor once.
# * **Squares overflow before norms do.** In float16 the sum of squares is `inf` from entries of 256 on; in float32
#   from $2 \cdot 10^{19}$. Measure in a wider type. PyTorch's `clip_grad_norm_` does so for float16. For float32 it
#   does not: at $10^{20}$ it returns `inf`, and all gradients become 0.
#
# ## Takeaways
#
# 1. Clipping bounds the length of an update. By global norm it keeps the direction; by value or tensor by tensor it
#    does not.
# 2. Measure first, all of it; scale second, all of it, by one factor that is never above 1.
# 3. Its place is between `backward()` and `step()`. Elsewhere it fails without a sound.
# 4. Log the norm that comes back. It tells of trouble before the loss does.
#
# ## Further reading
#
# * [`clip_grad_norm_`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html) and
#   [`clip_grad_value_`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html) in the
#   PyTorch documentation
# * [Automatic mixed precision examples](https://docs.pytorch.org/docs/stable/notes/amp_examples.html): gradient
#   clipping together with a `GradScaler`
# * [On the difficulty of training recurrent neural networks](https://arxiv.org/abs/1211.5063), Pascanu, Mikolov and
#   Bengio, 2013: the cliffs, and clipping by norm
# * [A Simple Way to Initialize Recurrent Networks of Rectified Linear Units](https://arxiv.org/abs/1504.00941), Le,
#   Jaitly and Hinton, 2015: the kind of network that you trained here
