# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   autograder:
#     title: "Custom ReLU"
#     order: 3
#     difficulty: medium
#     minutes: 60
#     summary: "Write ReLU as a torch.autograd.Function: the value, the gradient, and what autograd expects of both."
#     needs: "derivatives and the chain rule; `backward()`"
#     feedback: hint
#     exercises:
#       - goal: "write the value of an operation so that autograd knows of it, and save what its gradient needs"
#         tests: [forward]
#         minutes: 15
#         difficulty: easy
#       - goal: "turn the gradient at an output into the one at the input, also where the slope has a corner"
#         tests: [zero_edge, gradcheck, parity, shapes, inplace, network]
#         minutes: 45
#         difficulty: medium
#       - goal: "write an operation that runs on any device, at the speed of its memory"
#         tests: [cuda]
#         minutes: 5
#         difficulty: medium
# ---

# %% [markdown]
# # Lab 03: ReLU from scratch, with your own gradient rule
#
# When you call `loss.backward()`, PyTorch walks back through your computation and asks every operation one question:
# *"This is the gradient at your output. What is it at your input?"* In this lab you write an operation that answers for
# itself.
#
# | | |
# |---|---|
# | **Difficulty** | medium |
# | **Time** | 60 minutes, and 5 for the extra credit |
# | **You need** | derivatives and the chain rule; what an activation function is |
# | | tensors, `requires_grad`, `backward()` (Labs 01 and 02) |
# | **You will be able to** | explain what autograd stores in the forward pass and asks for in the backward pass |
# | | write the forward and backward pass of an operation as a `torch.autograd.Function` |
# | | find the gradient of a function that is not linear, also where it has a kink |
# | | debug gradient flow: verify a gradient with `gradcheck`, and know what `gradcheck` cannot see |
# | | compare your operation with PyTorch's own: values, gradients, speed |
# | **Points** | 20: forward 3 · zero_edge 3 · gradcheck 4 · parity 4 · shapes 3 · inplace 2 · network 1; 2 more for the extra credit |

# %% [markdown]
# ## 1. The problem
#
# The **rectified linear unit** keeps positive numbers and replaces all others by zero:
#
# $$
# f(x) = \max(0, x) =
# \begin{cases}
# x & \text{if } x > 0 \\
# 0 & \text{if } x \le 0
# \end{cases}
# \qquad\qquad
# f'(x) =
# \begin{cases}
# 1 & \text{if } x > 0 \\
# 0 & \text{if } x \le 0
# \end{cases}
# $$
#
# The second formula hides a decision. At $x = 0$ the graph has a corner, and no derivative exists there: the slope is 0
# on the left and 1 on the right. Any number from 0 to 1 is a valid *subgradient*. PyTorch's ReLU takes **0**, and so
# does this course. That is a convention, not a theorem.
#
# Autograd never asks you for $f'$ alone. Your output $y = f(x)$ goes on into some loss $L$, and by the time your
# operation is asked, the gradient $\partial L / \partial y$ is already known. It is called the **upstream gradient**,
# and PyTorch hands it to you as `grad_output`. You return
#
# $$
# \underbrace{\frac{\partial L}{\partial x_i}}_{\texttt{grad\_input}}
# = \underbrace{\frac{\partial L}{\partial y_i}}_{\texttt{grad\_output}}
# \cdot \underbrace{f'(x_i)}_{\text{local slope}}
# \qquad \text{for every element } i .
# $$
#
# In general the local derivative of a vector function is a whole matrix, the Jacobian. ReLU works element by element,
# so its Jacobian is diagonal, and multiplying by a diagonal matrix is an elementwise product. Nobody ever builds the
# matrix.

# %% [markdown]
# ## 2. Why ReLU?
#
# - **It bends.** Linear layers in a row collapse into a single linear layer. One corner per unit is enough to prevent
#   it.
# - **It lets gradients through.** The slope of a sigmoid is at most 1/4, so ten of them in a row shrink a gradient by a
#   factor of at least $4^{10} \approx 10^6$, the weights aside. Along a path of active units, ReLU multiplies by
#   exactly 1.
# - **It is cheap.** One comparison per number, no exponential.
# - **It is sparse.** Around zero-centered inputs, about half of the units output an exact 0.
#
# The price: where a unit is off, its gradient is 0 as well. A unit that is off for *every* input gets no gradient and
# stays off: a **dead unit**. You will see which units are on, and where, in section 9.

# %% [markdown]
# ## 3. A worked example
#
# Five inputs, and two different losses on top of the same output: **(a)** $L = \sum_i y_i$, and **(b)**
# $L = y_1 - 2y_2 + 3y_3 - 4y_4 + 5y_5$.
#
# | | | | | | | |
# |:--|:--|--:|--:|--:|--:|--:|
# | input | $x$ | $-2$ | $-1$ | $0$ | $1$ | $2$ |
# | output | $y = f(x)$ | $0$ | $0$ | $0$ | $1$ | $2$ |
# | local slope | $f'(x)$ | $0$ | $0$ | $0$ | $1$ | $1$ |
# | **(a)** upstream gradient, `grad_output` | $\partial L/\partial y$ | $1$ | $1$ | $1$ | $1$ | $1$ |
# | gradient at the input, `grad_input` | $\partial L/\partial x$ | $0$ | $0$ | $0$ | $1$ | $1$ |
# | **(b)** upstream gradient, `grad_output` | $\partial L/\partial y$ | $1$ | $-2$ | $3$ | $-4$ | $5$ |
# | gradient at the input, `grad_input` | $\partial L/\partial x$ | $0$ | $0$ | $0$ | $-4$ | $5$ |
#
# In (a) the gradient at the input happens to equal the local slope, because the upstream gradient is all ones. It is
# easy to conclude that `backward` returns the slope. Loss (b) shows that it does not. Note also that $-4$ gets through:
# the sign of $x$ decides, never the sign of the gradient.

# %% given="imports"
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import gradcheck

BLUE, ORANGE, GREEN, GRAY = "#0072B2", "#D55E00", "#009E73", "#6B7280"
plt.rcParams.update(
    {
        "figure.facecolor": "white",
        "axes.facecolor": "white",
        "legend.frameon": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.25,
        "font.size": 10,
        "axes.titlesize": 11,
        "figure.constrained_layout.use": True,
    }
)


def value_and_grad(f, x, upstream=None):
    """Send `x` through `f`, and `upstream` (default: ones) back; return output and
    gradient."""
    x = x.detach().clone().requires_grad_()
    y = f(x)
    y.backward(torch.ones_like(y) if upstream is None else upstream)
    assert x.grad is not None, "no gradient arrived at the input: does backward return it?"
    return y.detach(), x.grad


def assert_same(actual, expected, what, x=None):
    """Assert equal shape, dtype and values; the message names the first place where they
    differ."""
    kind, shape, wanted = (
        type(actual).__name__,
        list(getattr(actual, "shape", [])),
        list(expected.shape),
    )
    assert isinstance(actual, torch.Tensor), (
        f"{what} is a {kind}, expected one tensor: what is returned?"
    )
    assert shape == wanted, f"{what} has shape {shape}, expected {wanted}"
    assert actual.dtype == expected.dtype, (
        f"{what} has dtype {actual.dtype}, expected {expected.dtype}"
    )
    tolerance = 4 * torch.finfo(expected.dtype).eps
    wrong = ~torch.isclose(actual.double(), expected.double(), rtol=tolerance, atol=0.0)
    if wrong.any():
        first = tuple(wrong.nonzero()[0].tolist())
        place = f"at index {list(first)}" if x is None else f"at x = {x[first].item():g}"
        raise AssertionError(
            f"{what} {place} is {actual[first].item():g}, expected {expected[first].item():g} "
            f"({int(wrong.sum())} of {wrong.numel()} values differ)"
        )


def relu_is_ready():
    """Whether `custom_relu` runs forward and backward by now; if not, print why."""
    try:
        value_and_grad(custom_relu, torch.tensor([-1.0, 2.0]))
    except Exception as problem:  # half-written code may raise anything
        print(f"Nothing to show yet: {type(problem).__name__}: {problem}")
        print("Finish the answer cell, then run this cell again.")
        return False
    return True


# %% [markdown]
# The picture shows the function and its slope. A filled dot is a value that is taken, the open dot one that is not.
# Three of PyTorch's functions have this graph, and they take three different values for the slope at 0.
# (The code of pictures is folded in this notebook; click on the dots to open it.)

# %% demo="corner" jupyter={"source_hidden": true}
x = torch.linspace(-2, 2, 401)
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.3))
left.plot(x, F.relu(x), color=BLUE, lw=2.5)
left.plot(0, 0, "o", color=BLUE, ms=8)
arrow = {"arrowstyle": "->", "color": GRAY}
left.annotate(
    "the corner: no single tangent", (0, 0), (-1.9, 0.8), arrowprops=arrow, color=GRAY
)
left.set(title="value  f(x) = max(0, x)", xlabel="x")

right.plot([-2, 0], [0, 0], [0, 2], [1, 1], color=BLUE, lw=2.5)
right.plot(0, 1, "o", color=BLUE, mfc="white", ms=13, mew=2, zorder=3)
same_graph = {
    "F.relu": (F.relu, "o", BLUE),
    "maximum": (lambda t: torch.maximum(t, torch.zeros_like(t)), "s", GREEN),
    "clamp(min=0)": (lambda t: torch.clamp(t, min=0), "^", ORANGE),
}
for name, (f, marker, color) in same_graph.items():
    _, at_zero = value_and_grad(f, torch.zeros(()))
    right.plot(0, at_zero, marker, color=color, ms=7, zorder=4)
    label = f"{name} takes {at_zero:g}"
    right.annotate(
        label, (0, at_zero), (-14, 7), textcoords="offset points", ha="right", color=color
    )
right.set(
    title="slope  f'(x), and what autograd answers at x = 0", xlabel="x", ylim=(-0.15, 1.25)
)
plt.show()

# %% [markdown]
# ## 4. How autograd calls you
#
# A `torch.autograd.Function` is a pair of static methods. You never call them yourself: you call `apply`, and autograd
# calls `forward` at once and `backward` much later.
#
# ```mermaid
# ---
# config:
#   theme: base
#   themeVariables:
#     fontSize: "16px"
#     actorBkg: "#E8F2FA"
#     actorBorder: "#0072B2"
#     actorTextColor: "#111111"
#     actorLineColor: "#6B7280"
#     noteBkgColor: "#FDEEE3"
#     noteBorderColor: "#D55E00"
#     noteTextColor: "#111111"
#     signalColor: "#0072B2"
#     signalTextColor: "#111111"
# ---
# sequenceDiagram
#     participant You
#     participant Autograd
#     participant F as ReLUFunction
#     participant ctx
#     rect rgb(255, 255, 255)
#     You->>Autograd: ReLUFunction.apply(x)
#     Autograd->>F: forward(ctx, x), not recorded
#     F->>ctx: save_for_backward(...)
#     F-->>Autograd: y
#     Autograd-->>You: y, with its grad_fn
#     Note over You,Autograd: the rest of the network, then the loss
#     You->>Autograd: loss.backward()
#     Autograd->>F: backward(ctx, ∂L/∂y)
#     ctx-->>F: saved_tensors
#     F-->>Autograd: ∂L/∂x
#     end
# ```
#
# <details>
# <summary>The diagram in words</summary>
#
# 1. You call `y = ReLUFunction.apply(x)`. Autograd switches recording off and calls `forward(ctx, x)`.
# 2. `forward` leaves in `ctx` what `backward` will need, with `save_for_backward`, and returns `y` to autograd.
# 3. Autograd attaches `grad_fn = ReLUFunctionBackward` to `y`, and hands it to you. The rest of the network runs, then the
#    loss.
# 4. You call `loss.backward()`. When autograd comes to `y`, it calls `backward(ctx, grad_output)` with
#    `grad_output` $= \partial L/\partial y$.
# 5. `backward` fetches `ctx.saved_tensors` and returns $\partial L/\partial x$ to autograd, which goes on from there.
#
# </details>
#
# Four things in this picture matter:
#
# 1. Recording is **off** inside `forward`. Whatever you compute there leaves no trace in the graph, so your `backward`
#    is the only rule autograd has for this step.
# 2. `backward` is a separate call. It sees nothing of `forward` but what `ctx` carries across.
# 3. `backward` returns one gradient per input of `forward` (not counting `ctx`), each with the shape of that input.
# 4. `apply` is what puts your rule into the graph. Call `forward` directly and the numbers are the same, but autograd
#    records the operations inside it and never hears of your `backward`.
#
# Here is loss (b) of the worked example once more, this time as the two methods see it:
#
# | step | in | what happens | values |
# |--:|:--|:--|:--|
# | 1 | `forward` | receives `input` | $(-2, -1, 0, 1, 2)$ |
# | 2 | `forward` | has autograd keep what tells positive from not positive | e.g. the input itself |
# | 3 | `forward` | returns the output | $(0, 0, 0, 1, 2)$ |
# | 4 | autograd | works its way back from the loss to your output | |
# | 5 | `backward` | receives `grad_output` | $(1, -2, 3, -4, 5)$ |
# | 6 | `backward` | fetches what was kept, asks of each element: was it positive? | no, no, no, yes, yes |
# | 7 | `backward` | returns `grad_input`: upstream where yes, 0 where no | $(0, 0, 0, -4, 5)$ |

# %% [markdown]
# ## 5. The chain rule through Linear, ReLU, Linear
#
# Put ReLU between two linear layers and follow one number through. With $x = 1.5$, two hidden units, and a loss that is
# simply the output of the last layer:
#
# ```text
# forward     x   ─ Linear ▶   a   ── ReLU ─▶   b   ─ Linear ▶  L
# backward  ∂L/∂x ◀────────  ∂L/∂a ◀────────  ∂L/∂b ◀─────────  1
# ```
#
# Every arrow of the lower row is the same step: *receive the gradient at your output, multiply by your local
# derivative, pass the product on.* What one layer returns, the layer before it receives. The numerator is always
# $\partial L$.
#
# - **Start.** $\partial L / \partial L = 1$.
# - **Last linear layer.** $L = 0.5\,b_1 - 4\,b_2$, so it passes on $\partial L/\partial b = 1 \cdot (0.5, -4)$.
# - **ReLU: your code.** It receives $(0.5, -4)$ as `grad_output`. In the forward pass its inputs were $a = (3, -1.5)$:
#   the first unit was on, the second off. It returns $\partial L/\partial a = (0.5 \cdot 1,\; -4 \cdot 0) = (0.5, 0)$.
# - **First linear layer.** $a = (2x, -x)$, so $\partial L/\partial x = 0.5 \cdot 2 + 0 \cdot (-1) = 1$.
#
# The second unit had the stronger upstream gradient, $-4$. It was off, so nothing of it arrives. The next cell lets
# autograd compute the same numbers and draws them.

# %% demo="chain" jupyter={"source_hidden": true}
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


x = torch.tensor([1.5], requires_grad=True)
a = torch.tensor([[2.0], [-1.0]]) @ x
b = F.relu(a)
L = torch.tensor([0.5, -4.0]) @ b
for tensor in (a, b, L):
    tensor.retain_grad()  # autograd keeps only the gradients of leaves, unless asked
L.backward()


def numbers(t):
    return ", ".join(f"{v:g}".replace("-", "−") for v in t.detach().reshape(-1).tolist())


def text(x, y, content, color, size=15):
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{color}">{content}</text>'


def arrow(start, end, y, color):
    tip = 8 if end > start else -8
    line = f"M{start} {y}H{end}m{-tip} -5l{tip} 5l{-tip} 5"
    return f'<path d="{line}" fill="none" stroke="{color}" stroke-width="2"/>'


parts = ['<rect width="900" height="170" rx="8" fill="white"/>']
shown = {"x": x, "a": a, "b": b, "L": L}
for i, (name, tensor) in enumerate(shown.items()):
    left = 20 + 235 * i
    parts.append(
        f'<rect x="{left}" y="30" width="155" height="110" fill="#F8FAFC" stroke="#94A3B8"/>'
    )
    parts.append(text(left + 77, 58, f"<tspan font-weight='bold'>{name}</tspan>", "#111827"))
    parts.append(text(left + 77, 90, numbers(tensor), BLUE))
    parts.append(text(left + 77, 122, numbers(tensor.grad), ORANGE))
operations = [("Linear", "× 2, −1"), ("ReLU", "× 1, 0"), ("Linear", "× 0.5, −4")]
for i, (forward, factors) in enumerate(operations):
    start, end = 181 + 235 * i, 249 + 235 * i
    parts += [arrow(start, end, 85, BLUE), text(start + 34, 75, forward, BLUE, size=13)]
    parts += [arrow(end, start, 117, ORANGE), text(start + 34, 136, factors, ORANGE, size=13)]
words = [f"{n} = {numbers(t)}, gradient of L {numbers(t.grad)}" for n, t in shown.items()]
display(
    Picture(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 170" width="900" '
        'height="170" font-family="sans-serif" text-anchor="middle">'
        + "".join(parts)
        + "</svg>",
        "\n".join(words),
    )
)
print("blue: values, computed left to right")
print("orange: gradients of L, computed right to left")

# %% [markdown]
# ## 6. Your task
#
# 1. Write the class `ReLUFunction`, a subclass of `torch.autograd.Function`.
# 2. Give it the static method `forward(ctx, input)`.
# 3. Give it the static method `backward(ctx, grad_output)`.
# 4. Offer it as a plain function, `custom_relu(input)`. (The wrapper is given.)
# 5. Verify the gradient with `torch.autograd.gradcheck`.
# 6. Compare values and gradients with `F.relu`.
# 7. Stay correct around in-place operations: change nothing that is not yours, and notice when others change what you
#    saved.
#
# Write your code where it says `# YOUR CODE HERE`, and delete the line `raise NotImplementedError(...)` below it.
#
# **The contract.** What "correct" means in every corner:
#
# | | |
# |:--|:--|
# | value at 0 | 0 |
# | gradient at 0 | 0, the convention of section 1, for $-0.0$ too |
# | shape | any: one number `()`, empty `(0,)`, many dimensions; output and gradient have the input's shape |
# | memory layout | any: transposed and expanded tensors, as input and as `grad_output` |
# | dtype | float16, bfloat16, float32, float64; the output has the input's dtype |
# | `input`, `grad_output` | are read, never written |
#
# **Saving** goes through `ctx.save_for_backward`: the input, a mask, or the output, as you like. If somebody edits a
# saved tensor before `backward` runs, autograd then raises an error instead of computing a wrong gradient.
#
# **From scratch** means: your answer does not get its result from PyTorch's own ReLU (`F.relu`, `torch.relu`,
# `nn.ReLU`, `threshold`, or their gradients). An answer that does earns nothing. `clamp`, `maximum`, `where`,
# comparisons and masks are all fine, and in cells of your own you may use whatever you like.
#
# **Points.** The grader runs your answer cell and asks it for values and gradients on inputs of its own, drawn afresh
# for every run. The visible tests below show what it asks for: forward 3, zero_edge 3, gradcheck 4, parity 4, shapes 3,
# inplace 2, network 1; 20 in all. Cells that you add are kept, so experiment.
#
# ### Exercise 1: the forward pass
#
# Items 1, 2 and 4 of the list. Section 8.1 tests it.
#
# ### Exercise 2: the backward pass
#
# Items 3 and 5 to 7, in the same cell. Sections 8.2 to 8.7 test it.

# %% answer="relu"
class ReLUFunction(torch.autograd.Function):
    """ReLU, max(0, x) for every element, with its gradient rule written by hand."""

    @staticmethod
    def forward(ctx, input):
        """Compute max(0, x) for every element, and keep what `backward` will need.

        Args:
            ctx: carries tensors to `backward`; see `ctx.save_for_backward`.
            input: floating-point tensor of any shape, dtype and memory layout. Not to be
                changed.

        Returns:
            A new tensor with the shape and dtype of `input`.
        """
        ### BEGIN SOLUTION
        ctx.save_for_backward(input)
        return input.clamp(min=0)
        ### END SOLUTION
        raise NotImplementedError("forward: save what backward needs, then return max(0, x)")

    @staticmethod
    def backward(ctx, grad_output):
        """Turn the gradient at the output into the gradient at the input.

        Args:
            ctx: the same object that `forward` had; see `ctx.saved_tensors`.
            grad_output: dL/dy, with the shape of the output. Not to be changed: it may be
                shared.

        Returns:
            dL/dx, a tensor with the shape of `input`: dL/dy where x > 0, and 0 elsewhere, at x
            = 0 too.
        """
        ### BEGIN SOLUTION
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)
        ### END SOLUTION
        raise NotImplementedError("backward: return grad_output where x > 0, and 0 elsewhere")


def custom_relu(input):
    """ReLU of `input`, any shape, with the gradient rule of `ReLUFunction`. Given: nothing to
    do."""
    return ReLUFunction.apply(input)


# %% [markdown]
# ### Hints
#
# From a nudge to nearly everything. Try for five minutes before you open the next one.
#
# <details>
# <summary><b>Hint 1: the forward pass</b></summary>
#
# Say the rule for one number first: *keep it if it is positive, otherwise 0.* Now you need an operation that does this
# to all elements at once, without a loop, and whose result has the shape and dtype of its input.
#
# PyTorch offers several: `torch.clamp` has a lower bound, `torch.maximum` compares two tensors (it wants a tensor of
# zeros *like* the input, not the number 0), `torch.where` chooses by a condition. Any of them will do.
#
# </details>
#
# <details>
# <summary><b>Hint 2: what to keep for the backward pass</b></summary>
#
# `backward` runs long after `forward` has returned, and is given nothing but `grad_output`. Which single fact about
# each element of the input does it need? Not its value: only *was it positive?*
#
# Three tensors contain that fact: the input, the mask of its positive elements, and the output (think about why). Hand
# one of them to `ctx.save_for_backward(...)`. That call takes tensors only, and you call it at most once.
#
# In `backward`, `ctx.saved_tensors` is always a **tuple**, even if you saved a single tensor:
#
# ```python
# kept, = ctx.saved_tensors      # the comma unpacks a tuple of one
# ```
#
# </details>
#
# <details>
# <summary><b>Hint 3: the backward pass</b></summary>
#
# Do it by hand for $x = (-2, -1, 0, 1, 2)$ and upstream $(1, -2, 3, -4, 5)$. Which of the five upstream numbers
# survive? Is the 3 among them, the one at $x = 0$? Your answer decides between `>` and `>=`.
#
# In code: make a boolean mask, then combine it with `grad_output` into a **new** tensor. You can multiply them, choose
# with `torch.where`, or write zeros into a *clone*. Do not write into `grad_output` itself: autograd may be showing the
# same tensor to another branch of the network.
#
# </details>
#
# <details>
# <summary><b>Hint 4: check the gradient, and the shape of the answer</b></summary>
#
# `gradcheck` compares your gradient with a slope measured by two forward passes. It needs double precision:
#
# ```python
# x = torch.randn(10, dtype=torch.double, requires_grad=True)
# gradcheck(custom_relu, x, eps=1e-6, atol=1e-4)     # True, or an error
# ```
#
# If it complains, read the two matrices it prints: row $i$, column $j$ is the slope of output $j$ with respect to input
# $i$. For ReLU both should be diagonal, with ones where $x$ is positive.
#
# And the skeleton of a whole answer, two lines for `forward`, three for `backward`. Each `...` is for you to fill, and
# `compare` stands for an operator:
#
# ```python
# def forward(ctx, input):
#     ctx.save_for_backward(...)        # hint 2
#     return input.clamp(...)           # hint 1
#
# def backward(ctx, grad_output):
#     kept, = ctx.saved_tensors
#     was_positive = compare(kept, 0)   # hint 3: which comparison?
#     return ... * was_positive         # what comes in from above?
# ```
#
# </details>
#
# <details>
# <summary><b>Help: an error message I do not understand</b></summary>
#
# | the message contains | it means |
# |:--|:--|
# | `'>' not supported between instances of 'tuple' and 'int'` | `ctx.saved_tensors` is a tuple; unpack it |
# | `not enough values to unpack (expected 1, got 0)` | `forward` saved nothing |
# | `save_for_backward can only save variables` | you passed it something that is not a tensor |
# | `returned an invalid gradient at index 0` | the gradient does not have the shape of the input |
# | `returned an incorrect number of gradients` | one per input of `forward`; `ctx` is not an input |
# | `does not require grad and does not have a grad_fn` | the result is cut off from the graph, see below |
# | `Legacy autograd function with non-static forward` | use `ReLUFunction.apply(input)`, not an instance |
# | `has been modified by an inplace operation` | a saved tensor was edited before `backward`; autograd noticed |
# | `Boolean value of Tensor ... is ambiguous` | Python's `max` and `if` want one yes or no; work elementwise |
#
# Cut off: something on the way from input to output made a tensor without history, such as `.detach()`, `.data`,
# `torch.tensor(...)`, or a trip through numpy. Or the input never had `requires_grad`.
#
# </details>

# %% [markdown]
# ## 7. Look at your function
#
# Your ReLU drawn over the expected one. Run this cell as often as you like while you work, the stub included. The third
# panel sends an uneven upstream gradient back, as a real loss does.

# %% demo="curve" jupyter={"source_hidden": true}
x = torch.arange(-60, 61) / 20  # contains 0 exactly
wave = 1.5 * torch.cos(3 * x)
panels = {
    "value": (F.relu(x), lambda: custom_relu(x)),
    "gradient, upstream 1": ((x > 0).float(), lambda: value_and_grad(custom_relu, x)[1]),
    "gradient, uneven upstream": (
        wave * (x > 0),
        lambda: value_and_grad(custom_relu, x, wave)[1],
    ),
}
fig, axes = plt.subplots(1, 3, figsize=(12, 3.6))
axes[2].plot(x, wave, color=GRAY, lw=1, ls=":", label="upstream")
for ax, (title, (expected, ask)) in zip(axes, panels.items()):
    ax.plot(x, expected, color=BLUE, lw=7, alpha=0.3, label="expected")
    ax.set_xlabel("x")
    try:
        mine = ask()
        if not isinstance(mine, torch.Tensor) or mine.shape != x.shape:
            raise TypeError(f"expected a tensor of shape {list(x.shape)}, got {str(mine):.60}")
        mine = mine.detach().float()
    except Exception as problem:  # draw what there is, say what is missing
        ax.set_title(f"{title}\nnot there yet", color=GRAY)
        print(f"{title}: {type(problem).__name__}: {problem}")
        continue
    error = (mine - expected).abs().nan_to_num(nan=torch.inf)
    off = error > 1e-5
    ax.plot(x, mine, color=BLUE, lw=1.8, label="yours")
    if off.any():
        ax.fill_between(x, mine, expected, color=ORANGE, alpha=0.25)
        ax.plot(x[off], mine[off], "o", color=ORANGE, ms=5, label="differs")
        ax.set_title(f"{title}\n{int(off.sum())} of {len(x)} points differ", color=ORANGE)
        worst = error.argmax()
        print(
            f"{title}: at x = {x[worst]:g} yours is {mine[worst]:g}, expected "
            f"{expected[worst]:g}"
        )
    else:
        ax.set_title(f"{title}\nmatches")
legend = {
    label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels())
}
fig.legend(legend.values(), legend.keys(), loc="outside lower center", ncols=4)
plt.show()

# %% [markdown]
# ## 8. Test your function
#
# ### 8.1 Forward (3 points)
#
# The five numbers of the worked example, a few extreme ones, and a matrix. The last line asks whether *your* rule is in
# the graph.

# %% test="forward" points=3
x = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0])
assert_same(custom_relu(x), torch.tensor([0.0, 0.0, 0.0, 1.0, 2.0]), "the output", x)

x = torch.tensor([1e10, -1e10, 1e-10, -1e-10, 123.456])
assert_same(custom_relu(x), torch.tensor([1e10, 0.0, 1e-10, 0.0, 123.456]), "the output", x)

x = torch.randn(4, 7)
by_hand = torch.tensor([[max(0.0, value) for value in row] for row in x.tolist()])
assert_same(custom_relu(x), by_hand, "the output", x)

rule = type(custom_relu(x.requires_grad_()).grad_fn).__name__
assert rule == "ReLUFunctionBackward", (
    f"the output's grad_fn is {rule}, expected ReLUFunctionBackward: "
    "send the input itself through ReLUFunction.apply"
)
print("forward: the visible tests pass")

# %% [markdown]
# ### 8.2 The corner (3 points)
#
# Random numbers are almost never exactly 0, so random tests do not visit the corner. Networks do, all the time: a
# second ReLU sees an exact 0 for every unit that the first one switched off, and so does a layer whose weights start at
# zero.

# %% test="zero_edge" points=3
x = torch.tensor([0.0, -0.0, 0.0])
_, gradient = value_and_grad(custom_relu, x, torch.tensor([2.0, -3.0, 5.0]))
for upstream, mine in zip([2.0, -3.0, 5.0], gradient.tolist()):
    assert mine == 0.0, (
        f"at x = 0, with upstream {upstream:g}, your gradient is {mine:g}; "
        "this course takes ReLU'(0) = 0, as PyTorch does"
    )

x = torch.tensor([-3.0, 0.0, 2.0])
_, gradient = value_and_grad(lambda t: custom_relu(F.relu(t)), x)
assert_same(
    gradient, torch.tensor([0.0, 0.0, 1.0]), "the gradient of custom_relu(F.relu(x))", x
)

x = torch.tensor([1e-10, -1e-10])
_, gradient = value_and_grad(custom_relu, x)
assert_same(gradient, torch.tensor([1.0, 0.0]), "the gradient", x)
print("zero_edge: the visible tests pass")

# %% [markdown]
# ### 8.3 Verify the gradient (4 points)
#
# `gradcheck` knows nothing about ReLU. It measures each slope with two forward passes and compares with what your
# `backward` says:
#
# $$
# \frac{\partial y_j}{\partial x_i} \approx \frac{f_j(x + \varepsilon e_i) - f_j(x - \varepsilon e_i)}{2\,\varepsilon},
# \qquad \varepsilon = 10^{-6} .
# $$
#
# The difference of two nearly equal numbers loses most of its digits, so the check needs **double precision**; in
# float32 it often fails for correct code. It also needs to **stay away from the corner**: within $\varepsilon$ of 0 the
# two points straddle it, and at 0 the measured slope is 0.5, whatever the convention. The test below therefore keeps
# its distance; the corner has had a test of its own.

# %% test="gradcheck" points=4
x = torch.tensor([-2.0, -1.0, 0.5, 1.0, 2.0])
upstream = torch.tensor([1.0, -2.0, 3.0, -4.0, 5.0])
_, gradient = value_and_grad(custom_relu, x, upstream)
expected = torch.tensor([0.0, 0.0, 3.0, -4.0, 5.0])
assert_same(gradient, expected, "for upstream (1, -2, 3, -4, 5), the gradient", x)

x = torch.tensor([-2.0, -0.3, 0.3, 2.0], dtype=torch.double, requires_grad=True)
assert gradcheck(custom_relu, x, eps=1e-6, atol=1e-4)

first = torch.tensor([1.0, -1.0], requires_grad=True)
second = torch.tensor([-5.0, 5.0], requires_grad=True)
# Both forward passes come before either backward pass:
outputs = [custom_relu(first), custom_relu(second)]
outputs[0].backward(torch.ones(2))
outputs[1].backward(torch.ones(2))
assert_same(
    first.grad, torch.tensor([1.0, 0.0]), "with a second call under way, the gradient", first
)
assert_same(
    second.grad,
    torch.tensor([0.0, 1.0]),
    "with an earlier call under way, the gradient",
    second,
)
print("gradcheck: the visible tests pass")

# %% [markdown]
# What `gradcheck` measures near the corner is a ramp of width $2\varepsilon$, here with $\varepsilon$ enlarged until
# you can see it. Everything on the ramp would be reported as a mismatch, though your code is right.

# %% demo="measured_slope"
if relu_is_ready():
    x = torch.linspace(-1, 1, 401, dtype=torch.double)
    fig, ax = plt.subplots(figsize=(7, 3))
    for eps, color in [(0.5, ORANGE), (0.1, GREEN), (1e-6, BLUE)]:
        measured = (custom_relu(x + eps) - custom_relu(x - eps)) / (2 * eps)
        ax.plot(x, measured, color=color, lw=2, label=f"ε = {eps:g}".replace("-", "−"))
    ax.plot(0, 0.5, "o", color="black", ms=6, zorder=5)
    ax.annotate(
        "0.5 for every ε", (-0.02, 0.5), (-0.75, 0.68), arrowprops={"arrowstyle": "->"}
    )
    ax.set(title="slope of your forward pass, measured from two points", xlabel="x")
    ax.legend(loc="lower right")
    plt.show()

# %% [markdown]
# `gradcheck` is one witness, not the judge. It does **not** notice
#
# - a gradient of 1 at $x = 0$ (it never goes there),
# - a `backward` that overwrites `grad_output` (section 8.6),
# - a tensor kept as `ctx.x = ...` instead of being saved,
# - a `forward` that changes its input without changing any slope, such as one that raises all inputs below $-1$ to $-1$.
#   (It does report a forward that sets the negative inputs to 0: the slope measured there is then 0.5.)
#
# The grader has a catalogue of 65 wrong answers, and 23 of them pass this `gradcheck`. Another popular test draws a
# random matrix, calls `.sum().backward()`, and compares output and gradient: 28 of the 65 pass it, and 24 of those also
# with a signed, uneven upstream gradient. Hence the other tests.

# %% [markdown]
# ### 8.4 Compare with `F.relu` (4 points)
#
# Same values, same gradients, same dtype, for every floating-point type; and for tensors that are not laid out row by
# row in memory: `.t()` swaps strides without moving a number, `.expand()` shows one number in many places.

# %% test="parity" points=4
for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
    x = torch.randn(40, 25).to(dtype)
    upstream = torch.randn(40, 25).to(dtype)
    value, gradient = value_and_grad(custom_relu, x, upstream)
    expected_value, expected_gradient = value_and_grad(F.relu, x, upstream)
    assert_same(value, expected_value, f"for {dtype}, the output", x)
    assert_same(gradient, expected_gradient, f"for {dtype}, the gradient", x)

x, upstream = torch.randn(3, 4), torch.randn(4, 3)
_, gradient = value_and_grad(lambda t: custom_relu(t.t()), x, upstream)
assert_same(gradient, (upstream * (x.t() > 0)).t(), "for a transposed input, the gradient", x)
_, gradient = value_and_grad(lambda t: custom_relu(t).t(), x, upstream)
assert_same(
    gradient, upstream.t() * (x > 0), "for a transposed upstream gradient, the gradient", x
)
x = torch.tensor([[-1.0], [0.5], [2.0]])
_, gradient = value_and_grad(lambda t: custom_relu(t.expand(3, 4)), x, torch.ones(3, 4))
assert_same(
    gradient, torch.tensor([[0.0], [4.0], [4.0]]), "for an expanded input, the gradient", x
)
print("parity: the visible tests pass")

# %% [markdown]
# ### 8.5 Shapes (3 points)
#
# ReLU has no idea what the dimensions mean, so any number of them must work. Two shapes catch most mistakes: `()`, a
# single number without any dimension, and `(0, 3)`, which holds nothing at all.

# %% test="shapes" points=3
for shape in [(), (1,), (0,), (0, 3), (6,), (2, 3), (2, 1, 4), (2, 3, 4, 5), (2, 1, 3, 1, 2)]:
    x, upstream, where = (
        torch.randn(shape),
        torch.randn(shape),
        f"for an input of shape {list(shape)}",
    )
    value, gradient = value_and_grad(custom_relu, x, upstream)
    assert_same(value, torch.where(x > 0, x, 0.0), f"{where}, the output", x)
    assert_same(gradient, torch.where(x > 0, upstream, 0.0), f"{where}, the gradient", x)
print("shapes: the visible tests pass")

# %% [markdown]
# ### 8.6 In-place operations (2 points)
#
# Three ways in which writing into a tensor goes wrong, and what is expected of your function:
#
# - **You change the input.** The caller still needs it. Leave it alone.
# - **You change `grad_output`.** Autograd does not copy before it hands a gradient over. In
#   $L = \sum \bigl(f(h) + h\bigr)$ both branches receive the *same* tensor; zero some of it in `backward`, and the skip
#   branch loses its gradient. After `.sum()`, `grad_output` is even a single number that pretends to be many, and
#   zeroing one element zeroes all.
#
# ```text
# grad_output after .sum()
#
#   what you see   [ 1 ][ 1 ][ 1 ][ 1 ][ 1 ]      shape  (5,)
#   in memory      [ 1 ]                          stride (0,)
# ```
#
# - **Others change what you saved**, between forward and backward. `save_for_backward` remembers the version of each
#   tensor, and autograd raises an error rather than use the wrong numbers. A tensor kept as `ctx.x = input` has no such
#   protection.

# %% test="inplace" points=2
x = torch.tensor([-2.0, 0.0, 3.0], requires_grad=True)
custom_relu(x).sum().backward()
assert_same(
    x.detach(), torch.tensor([-2.0, 0.0, 3.0]), "after forward and backward, the input"
)

upstream = torch.tensor([4.0, 5.0, 6.0])
value_and_grad(custom_relu, x, upstream)
assert_same(upstream, torch.tensor([4.0, 5.0, 6.0]), "after backward, the upstream gradient")

h = torch.tensor([-1.0, 2.0])
_, gradient = value_and_grad(lambda h: custom_relu(h) + h, h)
assert_same(
    gradient, torch.tensor([1.0, 2.0]), "for L = sum(custom_relu(h) + h), the gradient", h
)

x = torch.tensor([1.0, -1.0], requires_grad=True)
h = x * 1.0
y = custom_relu(h)
h.mul_(-1.0)  # somebody edits your input after forward
try:
    y.sum().backward()
except RuntimeError as error:
    assert "modified by an inplace operation" in str(error), f"an unexpected error: {error}"
else:
    assert x.grad.tolist() == [1.0, 0.0], (
        "the input was edited after forward, and the gradient at (1, -1) came out as "
        f"{x.grad.tolist()} "
        "without an error; did you use ctx.save_for_backward?"
    )
print("inplace: the visible tests pass")

# %% [markdown]
# ### 8.7 In a network (1 point)
#
# The test of use: two identical networks, one with your activation and one with PyTorch's. Every parameter must get the
# same gradient.

# %% given="network"
class TwoLayerNet(nn.Module):
    """Linear, activation, Linear: (batch, inputs) to (batch, outputs)."""

    def __init__(self, inputs, hidden, outputs, activation):
        super().__init__()
        self.fc1 = nn.Linear(inputs, hidden)
        self.fc2 = nn.Linear(hidden, outputs)
        self.activation = activation

    def forward(self, x):
        return self.fc2(self.activation(self.fc1(x)))


# %% test="network" points=1
mine, theirs = TwoLayerNet(10, 20, 2, custom_relu), TwoLayerNet(10, 20, 2, F.relu)
theirs.load_state_dict(mine.state_dict())
x, target = torch.randn(5, 10), torch.randn(5, 2)
for net in (mine, theirs):
    F.mse_loss(net(x), target).backward()
for (name, p), q in zip(mine.named_parameters(), theirs.parameters()):
    assert p.grad is not None, (
        f"{name} received no gradient: the path back through custom_relu is cut"
    )
    worst = (p.grad - q.grad).abs().max().item()
    assert worst < 1e-6, f"the gradient of {name} differs from F.relu's by up to {worst:g}"
print("network: the visible tests pass")

# %% [markdown]
# ### 8.8 On a GPU
#
# #### Exercise 3, extra credit: fast on a GPU
#
# Nothing in your code should name a device. If this machine has CUDA, here is the proof; if not, the cell says so. For
# the bonus, the grader also times 10 million elements on a GPU: forward and backward may take at most 4 times as long as
# those of `F.relu`.

# %% test="cuda" points=0 bonus=2
if torch.cuda.is_available():
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        x = torch.randn(33, 65, device="cuda").to(dtype)
        x[0, :8] = 0.0
        upstream = torch.randn_like(x)
        value, gradient = value_and_grad(custom_relu, x, upstream)
        expected_value, expected_gradient = value_and_grad(F.relu, x, upstream)
        assert value.device == x.device, (
            f"the output is on {value.device}, expected {x.device}"
        )
        assert_same(value, expected_value, f"on the GPU, for {dtype}, the output", x)
        assert_same(gradient, expected_gradient, f"on the GPU, for {dtype}, the gradient", x)
    print(f"cuda: the visible tests pass on {torch.cuda.get_device_name()}")
else:
    print("cuda: skipped, PyTorch sees no CUDA device on this machine")

# %% [markdown]
# ## 9. See it work
#
# **A network of corners.** Each hidden unit is off on one side of a point and on at the other; at that point the output
# bends. Sixteen units are sixteen corners, and training moves them to where they are needed. Left: the function that
# your ReLU has learned. Right: which unit is on for which $x$. Every blank is an exact zero, forward and backward; a
# row that is blank all the way is a dead unit.

# %% demo="fit" jupyter={"source_hidden": true}
if relu_is_ready():
    torch.manual_seed(2)
    x = torch.linspace(-3, 3, 241).unsqueeze(1)
    target = torch.sin(2 * x) + 0.3 * x
    net = TwoLayerNet(1, 16, 1, custom_relu)
    with torch.no_grad():  # start with the corners spread out, units facing both ways
        net.fc1.weight[:, 0] = torch.tensor([1.0, -1.0]).repeat(8)
        net.fc1.bias[:] = -net.fc1.weight[:, 0] * torch.linspace(-2.8, 2.8, 16)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.03)
    for _ in range(600):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x), target)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        corners = -net.fc1.bias / net.fc1.weight.squeeze(1)
        fitted, on = net(x), net.fc1(x) > 0
    inside = corners[corners.abs() < 3].unsqueeze(1)
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 3.6))
    left.plot(x, target, color=GRAY, lw=5, alpha=0.35, label="target")
    left.plot(x, fitted, color=BLUE, lw=2, label=f"network, loss {loss.item():.4f}")
    with torch.no_grad():
        left.plot(inside, net(inside), "o", color=ORANGE, ms=6, label="corners")
    left.set(title="600 steps with your gradient", xlabel="x")
    left.legend(loc="upper left", fontsize=9)
    pattern = on[:, corners.argsort()].T
    right.pcolormesh(x.squeeze(1), np.arange(16), pattern, cmap="Blues", vmin=0, vmax=1.3)
    right.set(
        title=f"where each unit is on ({on.float().mean():.0%} of the picture)", xlabel="x"
    )
    right.set_ylabel("hidden unit, sorted by corner")
    right.grid(False)
    plt.show()

# %% [markdown]
# **Predict, then run.** Write down your answers before you run the cell; the reasons are below it.
#
# 1. $L = \sum\bigl(f(h) + h\bigr)$ at $h = (-1, 2)$. What is $\partial L/\partial h$?
# 2. $f(f(x))$ at $x = 0$. What is the gradient?
# 3. `y.sum().backward()` is called twice. What happens the second time?
# 4. $x$ is edited with `x.data.mul_(-1)` between forward and backward, at $x = (1, -1)$. What is the gradient?
# 5. In the sum of five outputs, which strides has the upstream gradient that your `backward` receives?

# %% demo="predict"
def outcome(experiment):
    """What the experiment returns, or the name and the beginning of its error."""
    try:
        return experiment()
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:75]} ..."


def twice():
    loss = custom_relu(torch.tensor([1.0, 2.0], requires_grad=True)).sum()
    loss.backward()
    loss.backward()
    return "no error"


def data_edit():
    x = torch.tensor([1.0, -1.0], requires_grad=True)
    y = custom_relu(x)
    x.data.mul_(-1)
    y.sum().backward()
    return x.grad.tolist()


def upstream_strides():
    seen = []
    y = custom_relu(torch.ones(5, requires_grad=True))
    y.register_hook(lambda grad: seen.append(grad.stride()))
    y.sum().backward()
    return seen[0]


def skip_connection():
    return value_and_grad(lambda h: custom_relu(h) + h, torch.tensor([-1.0, 2.0]))[1].tolist()


def relu_of_relu():
    return value_and_grad(lambda x: custom_relu(custom_relu(x)), torch.zeros(()))[1].item()


if relu_is_ready():
    experiments = [skip_connection, relu_of_relu, twice, data_edit, upstream_strides]
    for number, experiment in enumerate(experiments, start=1):
        print(f"{number}. {experiment.__name__:<18}{outcome(experiment)}")

# %% [markdown]
# <details>
# <summary><b>Why</b></summary>
#
# 1. $(1, 2)$. The gradients of the two branches add up: $(0, 1)$ through ReLU and $(1, 1)$ around it. This is why deep
#    networks have skip connections: the second path is never blocked.
# 2. $0$. The inner ReLU outputs an exact 0, and the outer one takes the slope 0 there.
# 3. A `RuntimeError`. After a backward pass autograd frees what was saved, unless you ask for `retain_graph=True`. Had
#    you kept the tensor as an attribute of `ctx`, the second call would have worked, and the memory would have stayed
#    in use.
# 4. $(0, 1)$ if you saved the input: wrong, and silent. `.data` goes behind autograd's back and does not raise the
#    version number. It is the reason not to use `.data`. If you saved a mask or the output you get $(1, 0)$: they are
#    tensors of their own.
# 5. `(0,)`. One number in memory, shown five times.
#
# </details>

# %% [markdown]
# ## 10. How fast is it?
#
# GPU calls return before the GPU has done the work, and the first ones also load kernels and allocate memory; so a
# stopwatch without **warm-up** and **synchronization** measures how fast Python can queue work, not how fast the work
# is.
#
# The next cell warms up, lets the GPU itself stamp the start and end of each call (CUDA events), synchronizes before
# it reads the stamps, and takes the median. ReLU does almost no arithmetic, so its natural unit is **GB/s**: the
# forward pass has to read $x$ and write $y$, forward and backward together have to move five such tensors, and the time
# says how fast they moved. Without CUDA the cell after it runs a short comparison on the CPU (about 4 seconds).

# %% demo="benchmark"
from torch.utils import benchmark

# The least that must go through memory:
TENSORS_MOVED = {"forward": 2, "forward + backward": 5}
DTYPES = {torch.float32: BLUE, torch.float16: ORANGE, torch.bfloat16: GREEN}


def workloads(f, size, dtype, device):
    """What is timed: functions of no argument, by name."""
    x = torch.randn(size, device=device).to(dtype).requires_grad_()
    upstream = torch.randn(size, device=device).to(dtype)
    return {
        "forward": lambda: f(x),
        "forward + backward": lambda: torch.autograd.grad(f(x), x, upstream),
    }


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
    return float(np.median([start.elapsed_time(end) for start, end in stamps])) / 1e3


def seconds_on_cpu(work):
    """Median duration of one call, on one thread; the timer warms up by itself."""
    timer = benchmark.Timer("work()", globals={"work": work})
    return timer.blocked_autorange(min_run_time=0.05).median


def fits(size, dtype):
    """Whether ten tensors of this size fit into the free memory of the GPU."""
    return (
        not torch.cuda.is_available()
        or 10 * size * dtype.itemsize < torch.cuda.mem_get_info()[0]
    )


def measure():
    """Seconds by (dtype, pass, function name, size)."""
    on_cuda = torch.cuda.is_available()
    device, clock = ("cuda", seconds_on_cuda) if on_cuda else ("cpu", seconds_on_cpu)
    sizes = [2**k for k in ((10, 13, 16, 19, 22, 25, 27) if on_cuda else (10, 15, 20))]
    seconds = {}
    for dtype in DTYPES:
        for size in (size for size in sizes if fits(size, dtype)):
            for name, f in {"custom": custom_relu, "F.relu": F.relu}.items():
                for passes, work in workloads(f, size, dtype, device).items():
                    seconds[dtype, passes, name, size] = clock(work)
    return seconds


# %% demo="benchmark_table" jupyter={"source_hidden": true}
def print_times(seconds):
    """A table in microseconds."""
    print(f"{'':>22}{'forward (µs)':^28}{'forward + backward (µs)':^28}")
    print(f"{'dtype':<10}{'elements':>12}" + 2 * f"{'custom':>10}{'F.relu':>10}{'ratio':>8}")
    for dtype, size in dict.fromkeys((key[0], key[-1]) for key in seconds):
        line = f"{str(dtype)[6:]:<10}{size:>12,}"
        for passes in TENSORS_MOVED:
            mine, theirs = (
                1e6 * seconds[dtype, passes, name, size] for name in ("custom", "F.relu")
            )
            line += f"{mine:>10.1f}{theirs:>10.1f}{mine / theirs:>8.2f}"
        print(line)


def plot_bandwidth(seconds, device_name):
    """Achieved GB/s over the size of one tensor, a panel for each pass."""
    fig, axes = plt.subplots(1, 2, figsize=(11, 3.8), sharey=True)
    for ax, (passes, moved) in zip(axes, TENSORS_MOVED.items()):
        for dtype, color in DTYPES.items():
            for name, style in {"custom": "o-", "F.relu": "s--"}.items():
                points = [
                    (size * dtype.itemsize, moved * size * dtype.itemsize / duration / 1e9)
                    for (*key, size), duration in seconds.items()
                    if key == [dtype, passes, name]
                ]
                ax.plot(
                    *zip(*points), style, color=color, ms=4, label=f"{str(dtype)[6:]}, {name}"
                )
        ax.set(xscale="log", yscale="log", title=passes, xlabel="bytes in one tensor")
    axes[0].set_ylabel("achieved GB/s")
    axes[1].legend(fontsize=8)
    fig.suptitle(device_name)
    plt.show()


if relu_is_ready():
    if torch.cuda.is_available():
        device_name = torch.cuda.get_device_name()
    else:
        device_name = "CPU, one thread"
        print("PyTorch sees no CUDA device here: a short comparison on the CPU instead.\n")
    seconds = measure()
    print_times(seconds)
    plot_bandwidth(seconds, device_name)

# %% [markdown]
# **How to read it.** On the left, tensors are small and the time does not depend on their size: what you pay is the
# call itself. A custom function pays more, because `apply` and `backward` run in Python. On the right, memory is the
# limit, and what counts is how many times the data goes through it. `F.relu` goes through it once per pass. A typical
# hand-written `backward` does so two or three times: one operation writes a mask, the next reads it again. (Tensors in
# the middle may fit into a cache, and then beat the memory.)
#
# On a GPU the call on the left also launches a kernel for each operation, and on the right the curve of `F.relu` levels
# off at what the memory can do. On a CPU the cell stops at a million elements, which may still fit into a cache: read the
# ratios there, not the GB/s.
#
# So: built-in functions for what is built in, a custom `Function` for what is not. `lab03_extensions` takes the
# benchmark further.

# %% [markdown]
# ## 11. Pitfalls
#
# | pitfall | what you see | instead |
# |:--|:--|:--|
# | nothing saved in `forward` | `not enough values to unpack` in `backward` | `ctx.save_for_backward` |
# | saved as `ctx.x = input` | nothing, until somebody edits `x`: wrong gradient, no error | `ctx.save_for_backward` |
# | gradient of the wrong shape | `returned an invalid gradient` | a gradient has the shape of its tensor |
# | slope returned, upstream forgotten | right under `.sum()`, wrong under every real loss | multiply by `grad_output` |
# | `>=` where `>` was meant | right on random numbers, 1 instead of 0 at the corner | test at exactly 0 |
# | writing into `grad_output` or `input` | another branch of the network gets wrong numbers | make a new tensor |
# | `torch.zeros(shape)` | float32 on the CPU, whatever the input was | `torch.zeros_like(input)` |
# | `gradcheck` in float32, or at 0 | fails for correct code | double precision, away from the corner |
# | forward as `x * (x > 0)` | NaN for $x = -\infty$, as $-\infty \cdot 0$ is NaN | `clamp`, `maximum`, or `where` |
#
# NaN deserves a thought of its own: `F.relu` and `clamp` keep a NaN in the input, `where(x > 0, x, 0)` turns it into 0.
# Keeping it is kinder to whoever has to find out where it came from. The grader mentions this, and takes no points for
# it.

# %% [markdown]
# ## 12. Takeaways
#
# 1. A `torch.autograd.Function` is two static methods. `forward` computes and saves; `backward` turns
#    $\partial L/\partial y$ into $\partial L/\partial x$. You call `apply`.
# 2. `ctx.save_for_backward` is more than storage: it watches for edits, and frees the memory after the backward pass.
# 3. The backward pass is always *upstream times local derivative*. For ReLU: let the gradient through where the input
#    was positive.
# 4. At a corner the derivative is a decision. Make it, write it down, test it.
# 5. Verify every gradient with `gradcheck`, in double precision, and test by hand what it cannot see.
# 6. PyTorch's own functions are faster than yours. Write your own when PyTorch has none, or when you want a gradient
#    that is not the derivative.
#
# **Where this is used.** New activation functions in research. Quantized networks, whose rounding step has the
# derivative 0 almost everywhere and is given a made-up gradient that trains (the straight-through estimator). Gradient
# analysis: guided backpropagation and gradient reversal are a forward pass of one line and an unusual `backward`.
# Bindings to hand-written kernels for GPUs and other accelerators. Differentiable solvers, renderers and sorters, whose
# gradient is known on paper and would be wasteful to record step by step.
#
# ## 13. Extensions
#
# Worked out in [lab03_extensions](../lab03_extensions/lab03_extensions.ipynb):
#
# 1. **Leaky ReLU**: $x$ if $x > 0$, else $\alpha x$, with a small fixed $\alpha$ such as 0.01. No unit is ever
#    completely off.
# 2. **Parametric ReLU**: $\alpha$ is learned. `backward` now returns two gradients; what shape has the second?
# 3. **ELU**: $x$ if $x > 0$, else $\alpha (e^x - 1)$. What overflows if you compute both sides everywhere?
# 4. **GELU**: $x\,\Phi(x)$, the activation of many transformers. Two versions are in use; which one is yours?
# 5. **In-place ReLU**: writes into its input, and has to tell autograd so with `ctx.mark_dirty`.
# 6. **Benchmarking** on a GPU: where the time goes, and how to get it back.
#
# **Before this lab:** [Lab 01, an autograd engine for single
# numbers](../lab01_scalar_autograd/lab01_scalar_autograd.ipynb), and [Lab 02,
# backpropagation](../lab02_backpropagation/lab02_backpropagation.ipynb).
#
# **Next:** [Lab 04, a custom loss function](../lab04_custom_loss/lab04_custom_loss.ipynb), then [Lab 05, gradient
# clipping](../lab05_gradient_clipping/lab05_gradient_clipping.ipynb).
#
# **Further reading:** [Extending PyTorch](https://docs.pytorch.org/docs/stable/notes/extending.html) ·
# [torch.autograd.Function](https://docs.pytorch.org/docs/stable/autograd.html#torch.autograd.Function) · [Autograd
# mechanics](https://docs.pytorch.org/docs/stable/notes/autograd.html) · [Gradcheck
# mechanics](https://docs.pytorch.org/docs/stable/notes/gradcheck.html) · [CUDA semantics: asynchronous
# execution](https://docs.pytorch.org/docs/stable/notes/cuda.html#asynchronous-execution) ·
# [torch.utils.benchmark](https://docs.pytorch.org/docs/stable/benchmark_utils.html)
