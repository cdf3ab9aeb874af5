# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   autograder:
#     title: "Backpropagation"
#     order: 2
#     difficulty: medium
#     minutes: 90
#     summary: "Every gradient of a small network by hand, confirmed by autograd; then gradient rules of your own."
#     needs: "derivatives; the product of two matrices; tensors in PyTorch"
#     feedback: hint
#     exercises:
#       - goal: "derive and write the three gradients of a linear layer"
#         tests: [linear]
#         minutes: 20
#         difficulty: medium
#       - goal: "let a gradient pass where a unit was on, and nowhere else"
#         tests: [relu]
#         minutes: 10
#         difficulty: easy
#       - goal: "differentiate a mean over all entries, with whatever comes after it"
#         tests: [mse]
#         minutes: 10
#         difficulty: easy
#       - goal: "chain the rules of a whole network, from the loss to the input"
#         tests: [chain]
#         minutes: 20
#         difficulty: hard
#       - goal: "write a training step that equals `torch.optim.SGD`"
#         tests: [sgd]
#         minutes: 15
#         difficulty: medium
#       - goal: "give an operation a gradient that is not its derivative"
#         tests: [rules]
#         minutes: 15
#         difficulty: medium
# ---

# %% [markdown]
# # Lab 02: Backpropagation
#
# **by hand, with autograd, and with rules of your own**
#
# | | |
# |---|---|
# | **Difficulty** | medium |
# | **Time** | 90 minutes |
# | **You need** | derivatives of one variable, the product of two matrices, tensors in PyTorch. Lab 01 helps and is not required |
# | **You will be able to** | write the backward pass of a network without autograd · say what autograd records, keeps and adds up · write a training step that equals `torch.optim.SGD` · give an operation any gradient rule you like, and know what you gave up |
# | **Points** | 20: linear 3 · relu 3 · mse 2 · chain 6 · sgd 3 · rules 3 |
#
# ## Contents
#
# 1. [Backpropagation](#Backpropagation): [what it is](#What-backpropagation-is) ·
#    [the chain rule in networks](#The-chain-rule-in-networks) · [the steps of both passes](#The-steps-of-both-passes) ·
#    *exercises 1 to 4*
# 2. [Autograd in PyTorch](#Autograd-in-PyTorch): [how it computes gradients](#How-it-computes-gradients) ·
#    [what it records](#What-it-records) · [training a network](#Training-a-network) · *exercise 5*
# 3. [Gradient rules of your own](#Gradient-rules-of-your-own): [the form of a rule](#The-form-of-a-rule) · *exercise 6*
#    · [rules that gradcheck rejects](#Rules-that-gradcheck-rejects)
#
# Run the cells from top to bottom. Write your code where it says `# YOUR CODE HERE`, and delete the line
# `raise NotImplementedError(...)` below it. The cell after each answer tests it.

# %% given="imports"
import torch
import torch.nn.functional as F

# %% given="compare" jupyter={"source_hidden": true}
def compare(name: str, mine: torch.Tensor, expected: torch.Tensor) -> None:
    """Raise an AssertionError that says where to look unless ``mine`` is ``expected`` in
    shape, dtype and values."""
    assert isinstance(mine, torch.Tensor), (
        f"{name}: expected a tensor, got {type(mine).__name__}"
    )
    assert mine.shape == expected.shape, (
        f"{name} has shape {tuple(mine.shape)}, expected {tuple(expected.shape)}: "
        "a gradient has the shape of the tensor it belongs to"
    )
    assert mine.dtype == expected.dtype, f"{name} is {mine.dtype}, expected {expected.dtype}"
    gap = (mine - expected).abs()
    if bool((gap <= 1e-5 * expected.abs() + 1e-5).all()):
        return
    if not mine.any():
        raise AssertionError(f"{name} is 0 everywhere")
    # One common factor over all entries is the most telling pattern: look for it before
    # pointing at a single entry.
    ratio = (mine * expected).sum() / (expected * expected).sum()
    if mine.numel() > 1 and bool(
        ((mine - ratio * expected).abs() <= 1e-4 * expected.abs() + 1e-5).all()
    ):
        raise AssertionError(
            f"{name} is {float(ratio):.4g} times the expected one, in every entry: look for "
            "a factor"
        )
    worst = tuple(
        int(i)
        for i in torch.unravel_index(gap.nan_to_num(nan=float("inf")).argmax(), gap.shape)
    )
    place = f"{name}{list(worst)}" if worst else name
    raise AssertionError(
        f"{place} is {float(mine[worst]):.5g}, expected {float(expected[worst]):.5g}"
    )

# %% [markdown]
# # Backpropagation
#
# ## What backpropagation is
#
# A network turns an input and its weights into one number, the loss $L$. Training needs to know, for **every** weight,
# which way $L$ moves if that weight moves a little: the gradient $\partial L/\partial w$.
#
# You could ask the network itself: nudge one weight, run it again, see what happened to the loss. That is honest and
# hopeless. With $P$ weights it takes $P$ more runs *for one step*, and the answer is blurred by rounding.
# **Backpropagation gets all $P$ numbers, exact up to rounding, from one run forward and one run back**, together for
# about three times the price of the forward run alone.
#
# The trick is an order of multiplication. The loss is a chain of simple operations, so its derivative is a product of
# simple derivatives. Multiply them starting at the loss, where there is only *one* number, and everything you carry
# along stays as small as the tensors themselves.
#
# *Why do it by hand, when PyTorch does it for you?* Because gradients get lost without a word: in a ReLU that is never
# on, in an error that was clipped before it was squared, in a tensor that went through `.item()`. The network runs, the
# loss even falls a little, and nothing learns. Whoever has written a backward pass once knows where to look.

# %% demo="cost"
import time

torch.manual_seed(0)
torch.set_num_threads(1)
weight, data, goal = (
    torch.randn(20, 60).double(),
    torch.randn(50, 60).double(),
    torch.randn(50, 20).double(),
)

start = time.perf_counter()
nudged = torch.empty_like(weight)
for row in range(20):
    for column in range(60):
        moved = weight.clone()
        moved[row, column] += 1e-6
        nudged[row, column] = (
            F.mse_loss(data @ moved.T, goal) - F.mse_loss(data @ weight.T, goal)
        ) / 1e-6
by_nudging = time.perf_counter() - start

leaf = weight.clone().requires_grad_()
start = time.perf_counter()
F.mse_loss(data @ leaf.T, goal).backward()
by_backward = time.perf_counter() - start

print(f"{weight.numel()} weights, one at a time  {1e3 * by_nudging:6.1f} ms")
print(
    f"one backward pass          {1e3 * by_backward:6.1f} ms   "
    f"({by_nudging / by_backward:.0f} times faster)"
)
print(
    f"largest difference         {(nudged - leaf.grad).abs().max():6.0e}      (the nudge is "
    "the inexact one)"
)

# %% [markdown]
# ## The chain rule in networks
#
# Our network for the whole lab, with the names that we keep:
#
# $$
# \text{input} \;\xrightarrow{\;\text{Linear}_1\;}\; a \;\xrightarrow{\;\text{ReLU}\;}\; b \;\xrightarrow{\;\text{Linear}_2\;}\; y \;\xrightarrow{\;\text{MSE}\;}\; L
# $$
#
# Take one operation out of the chain, $b = f(a)$. It knows nothing of the loss, and it need not. It is handed
# $\partial L/\partial b$, the **upstream gradient** (PyTorch calls it `grad_output`), multiplies by its own **local
# gradient** $\partial b/\partial a$, and hands on
#
# $$
# \underbrace{\frac{\partial L}{\partial a}}_{\text{what it hands on}} \;=\; \underbrace{\frac{\partial L}{\partial b}}_{\text{what arrives}} \cdot \underbrace{\frac{\partial b}{\partial a}}_{\text{its own affair}}
# $$
#
# to its neighbor on the left, for whom this is the upstream gradient. The numerator is always $\partial L$. At the far
# right it all starts with $\partial L/\partial L = 1$. One node of the chain, with its edges:
#
# ```mermaid
# ---
# config:
#   theme: base
#   themeVariables:
#     fontSize: "16px"
#     textColor: "#111111"
#     titleColor: "#111111"
#     primaryColor: "#E8F2FA"
#     primaryBorderColor: "#0072B2"
#     primaryTextColor: "#111111"
#     lineColor: "#0072B2"
#     edgeLabelBackground: "#FFFFFF"
#     clusterBkg: "#F8FAFC"
#     clusterBorder: "#94A3B8"
# ---
# flowchart LR
#     A(["a"]) -->|"a"| N["node f<br/>knows ∂b/∂a"]
#     N -->|"b = f(a)"| B(["b"])
#     B -.->|"upstream: ∂L/∂b"| N
#     N -.->|"∂L/∂b · ∂b/∂a"| A
#     classDef data fill:#E8F2FA,stroke:#0072B2,color:#111
#     classDef grad fill:#FDEEE3,stroke:#D55E00,color:#111
#     class A,B,N data
#     linkStyle 2,3 stroke:#D55E00
# ```
#
# <details>
# <summary>The diagram in words</summary>
#
# Forward, the value $a$ comes along an edge to the node $f$, and $b = f(a)$ leaves on the other side. Backward, the
# upstream gradient $\partial L/\partial b$ comes along the second edge, and
# $\partial L/\partial b \cdot \partial b/\partial a$ leaves along the first.
#
# </details>
#
# Our network has three kinds of nodes, so there are three local gradients to find, one in each of the first exercises:
#
# 1. **Linear**, $y = x W^\top + \text{bias}$: how $y$ moves with $x$, with $W$ and with the bias.
# 2. **ReLU**, $b = \max(0, a)$: how $b$ moves with $a$, 1 or 0.
# 3. **MSE**, $L = \text{mean}\,(y - \text{target})^2$: how $L$ moves with $y$.
#
# Three remarks that settle most questions:
#
# * **A gradient has the shape of its tensor.** $\partial L/\partial W_1$ has as many entries as $W_1$, arranged alike.
#   If your shapes do not fit, your formula is wrong; if they fit only because the layer is square, you have been
#   unlucky.
# * **Where a value is used several times, its contributions add up.** One bias serves all $N$ samples of a batch, so
#   its gradient is a sum over the batch. So is a weight's.
# * **The local gradient is a factor, not an object to build.** Between two layers of 1000 units and a batch of 64, the
#   matrix of all $\partial y_i/\partial b_j$ would hold $64\,000 \times 64\,000$ numbers, 16 GB. Nobody ever writes it
#   down: each operation computes the *product* "upstream times local" directly. That product is the whole job of a
#   `backward`.

# %% [markdown]
# ## The steps of both passes
#
# ```mermaid
# ---
# config:
#   theme: base
#   themeVariables:
#     fontSize: "16px"
#     textColor: "#111111"
#     titleColor: "#111111"
#     primaryColor: "#E8F2FA"
#     primaryBorderColor: "#0072B2"
#     primaryTextColor: "#111111"
#     lineColor: "#0072B2"
#     edgeLabelBackground: "#FFFFFF"
#     clusterBkg: "#F8FAFC"
#     clusterBorder: "#94A3B8"
# ---
# flowchart TB
#     X(["input"]) -->|"Linear₁"| A(["a"])
#     A -->|"ReLU"| B(["b"])
#     B -->|"Linear₂"| Y(["y"])
#     Y -->|"MSE"| L[["loss L"]]
#     L -.->|"∂L/∂y"| Y
#     Y -.->|"∂L/∂b"| B
#     B -.->|"∂L/∂a"| A
#     A -.->|"∂L/∂input"| X
#     Y -.-> W2["∂L/∂W₂, ∂L/∂bias₂"]
#     A -.-> W1["∂L/∂W₁, ∂L/∂bias₁"]
#     classDef data fill:#E8F2FA,stroke:#0072B2,color:#111
#     classDef grad fill:#fdeee3,stroke:#D55E00,color:#111
#     class X,A,B,Y,L data
#     class W1,W2 grad
#     linkStyle 4,5,6,7,8,9 stroke:#D55E00
# ```
#
# <details>
# <summary>The diagram in words</summary>
#
# Forward: the input goes through Linear₁ to $a$, through ReLU to $b$, through Linear₂ to $y$, through MSE to the loss.
# Backward: from the loss, $\partial L/\partial y$ comes to $y$, then $\partial L/\partial b$ to $b$, then
# $\partial L/\partial a$ to $a$, then $\partial L/\partial\text{input}$ to the input. From the gradient at $y$ come
# those of $W_2$ and $\text{bias}_2$, from the gradient at $a$ those of $W_1$ and $\text{bias}_1$.
#
# </details>
#
# | | forward, left to right | what must be kept for later | backward, right to left: receives | returns |
# |---|---|---|---|---|
# | 1 | $a = \text{input}\,W_1^\top + \text{bias}_1$ | input, $W_1$ | $\partial L/\partial a$ | $\partial L/\partial\text{input}$, $\partial L/\partial W_1$, $\partial L/\partial\text{bias}_1$ |
# | 2 | $b = \max(0, a)$ | where $a$ was positive | $\partial L/\partial b$ | $\partial L/\partial a$ |
# | 3 | $y = b\,W_2^\top + \text{bias}_2$ | $b$, $W_2$ | $\partial L/\partial y$ | $\partial L/\partial b$, $\partial L/\partial W_2$, $\partial L/\partial\text{bias}_2$ |
# | 4 | $L = \text{mean}\,(y - \text{target})^2$ | $y$, target | $\partial L/\partial L = 1$ | $\partial L/\partial y$ |
#
# Read the forward columns downward, the backward columns upward. The third column is why training needs so much more
# memory than inference.
#
# **A worked example**, small enough to do in your head: one sample, $\text{input} = (1, 2)$, three hidden units, one
# output, target 4.
#
# $$
# W_1 = \begin{pmatrix} 1 & 1 \\ 2 & -2 \\ -1 & 1 \end{pmatrix},\quad \text{bias}_1 = (0, 0, 1),\quad W_2 = \begin{pmatrix} 2 & 5 & -1 \end{pmatrix},\quad \text{bias}_2 = 1
# $$
#
# *Forward.* $a = (3, -2, 2)$, then $b = (3, 0, 2)$, then $y = 6 + 0 - 2 + 1 = 5$, and $L = (5 - 4)^2 = 1$.
#
# *Backward.* $\partial L/\partial y = 2\,(5 - 4) = 2$. The output saw each $b_i$ through its weight, so
# $\partial L/\partial b = 2 \cdot (2, 5, -1) = (4, 10, -2)$. The middle unit was off, so ReLU stops its 10:
# $\partial L/\partial a = (4, 0, -2)$. The input reaches the loss through all units that are on:
# $\partial L/\partial\text{input} = 4 \cdot (1, 1) + 0 \cdot (2, -2) - 2 \cdot (-1, 1) = (6, 2)$.
#
# *Believe it?* Nudge the first input to 1.001: $y$ becomes 5.003 and $L = 1.003^2 \approx 1.006$. Slope 6.
#
# The next two cells draw these numbers, as autograd finds them. (The code of pictures is folded in this notebook; click
# on the dots to open it.)

# %% demo="drawing" jupyter={"source_hidden": true}
import base64
from html import escape

import matplotlib.pyplot as plt

# Okabe-Ito: told apart with any color vision, on white, whatever the theme around the picture.
BLUE, ORANGE, GREEN, GRAY = "#0072B2", "#D55E00", "#009E73", "#555555"
plt.rcParams.update(
    {"figure.facecolor": "white", "axes.facecolor": "white", "savefig.facecolor": "white"}
)
plt.rcParams.update(
    {
        "axes.spines.top": False,
        "axes.spines.right": False,
        "font.size": 10,
        "legend.frameon": False,
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


def text(x, y, words, color="#111111", size=13, anchor="middle", weight="normal"):
    """One line of text, centered on (x, y) unless ``anchor`` says otherwise."""
    style = f'font-family="sans-serif" font-size="{size}" font-weight="{weight}"'
    style += f' text-anchor="{anchor}" fill="{color}"'
    return f'<text x="{x}" y="{y}" {style}>{escape(words)}</text>'


def box(x, y, width, height, *lines, stroke=BLUE, fill="#e8f2fa", size=13):
    """A rounded box with centered lines; a line is a string or a pair (string, color); the
    first line is bold."""
    parts = [
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="7" fill="{fill}" '
        f'stroke="{stroke}"/>'
    ]
    step = size + 5
    top = y + height / 2 - step * (len(lines) - 1) / 2 + size * 0.36
    for number, line in enumerate(lines):
        words, color = line if isinstance(line, tuple) else (line, "#111111")
        weight = "normal" if number else "bold"
        parts.append(
            text(x + width / 2, top + step * number, words, color, size, weight=weight)
        )
    return "".join(parts)


def arrow(x1, y1, x2, y2, words="", color=GRAY, dashed=False, shift=-7):
    """An arrow from (x1, y1) to (x2, y2), with words ``shift`` pixels below its middle."""
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    line = f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"'
    line += f' stroke="{color}" stroke-width="1.6"{dash}'
    head = f' marker-end="url(#head{color[1:]})"/>'
    return (
        line
        + head
        + (text((x1 + x2) / 2, (y1 + y2) / 2 + shift, words, color, 12) if words else "")
    )


def picture(width, height, *parts, words):
    """Parts on a white ground, and what they show in words."""
    heads = "".join(
        f'<marker id="head{c[1:]}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        'markerHeight="7" '
        f'orient="auto"><path d="M0 0L10 5L0 10z" fill="{c}"/></marker>'
        for c in (BLUE, ORANGE, GREEN, GRAY)
    )
    ground = f'<rect width="{width}" height="{height}" rx="8" fill="white"/>'
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    size += ' style="max-width: 100%; height: auto"'
    return Picture(
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f"{size}><defs>{heads}</defs>{ground}{''.join(parts)}</svg>",
        words,
    )

# %% demo="picture_passes" jupyter={"source_hidden": true}
def numbers(tensor):
    """(4, 0, -2) for a vector or a matrix of one row; rows joined by a bar."""
    rows = tensor.reshape(-1, tensor.shape[-1]).tolist()
    shown = " | ".join("(" + ", ".join(f"{v:g}" for v in row) + ")" for row in rows)
    return shown.replace("-", "−")


example = {
    "input": torch.tensor([[1.0, 2.0]], requires_grad=True),
    "W1": torch.tensor([[1.0, 1.0], [2.0, -2.0], [-1.0, 1.0]], requires_grad=True),
    "bias1": torch.tensor([0.0, 0.0, 1.0], requires_grad=True),
    "W2": torch.tensor([[2.0, 5.0, -1.0]], requires_grad=True),
    "bias2": torch.tensor([1.0], requires_grad=True),
}
example["a"] = F.linear(example["input"], example["W1"], example["bias1"])
example["b"] = F.relu(example["a"])
example["y"] = F.linear(example["b"], example["W2"], example["bias2"])
loss = F.mse_loss(example["y"], torch.tensor([[4.0]]))
names = ["input", "a", "b", "y", "W1", "bias1", "W2", "bias2"]
gradient = dict(
    zip(names, torch.autograd.grad(loss, [example[n] for n in names]), strict=True)
)

parts = [text(16, 26, "forward: values", BLUE, anchor="start")]
parts.append(text(140, 26, "backward: gradients of L", ORANGE, anchor="start"))
for x, name in zip((16, 222, 428, 634), ("input", "a", "b", "y"), strict=True):
    parts.append(
        box(
            x,
            60,
            126,
            76,
            name,
            (numbers(example[name]), BLUE),
            (numbers(gradient[name]), ORANGE),
        )
    )
parts.append(box(840, 60, 84, 76, "L", (f"{loss.item():g}", BLUE), ("1", ORANGE)))
for x, operation in zip(
    (142, 348, 554, 760), ("Linear₁", "ReLU", "Linear₂", "MSE"), strict=True
):
    parts += [
        arrow(x + 3, 84, x + 77, 84, operation, BLUE),
        arrow(x + 77, 112, x + 3, 112, "", ORANGE, dashed=True),
    ]
for x, layer in ((100, "1"), (512, "2")):
    parts.append(arrow(x + 82, 114, x + 82, 168, "", ORANGE, dashed=True))
    for row, name in enumerate(("W" + layer, "bias" + layer)):
        words = ((numbers(example[name]), BLUE), (numbers(gradient[name]), ORANGE))
        parts.append(box(x - 16, 172 + 70 * row, 198, 62, name, *words, size=12))
told = [f"{name}: value {numbers(example[name])}" for name in names]
told = [f"{line}, gradient {numbers(gradient[name])}" for line, name in zip(told, names)]
picture(940, 316, *parts, words="\n".join([*told, f"L: value {loss.item():g}, gradient 1"]))

# %% [markdown]
# In the picture, blue is computed left to right, orange right to left. Look at the middle hidden unit: its
# $\partial L/\partial a$ is 0, and so is its row of $\partial L/\partial W_1$. For this sample, nothing that feeds this
# unit will learn.
#
# Textbooks that write samples as *columns* have $Wx + b$ where PyTorch, with samples as *rows*, has $xW^\top + b$. All
# transposes trade places between the two. Trust the shapes, not your memory of a formula.
#
# ---
#
# ## Exercise 1: the rule of Linear
#
# A linear layer computes, for sample $n$ and output $i$,
#
# $$
# y_{ni} = \sum_j x_{nj}\,W_{ij} + \text{bias}_i
# $$
#
# You are handed $g_{ni} = \partial L/\partial y_{ni}$. Return the three gradients. The pieces of the puzzle, drawn to
# scale for a batch of 5, 3 features in, 4 out:

# %% demo="picture_shapes" jupyter={"source_hidden": true}
figure, axes = plt.subplots(figsize=(9.2, 2.5))
pieces = [
    ("grad_output", 5, 4, ORANGE, "what arrives"),
    ("input", 5, 3, BLUE, "kept"),
    ("weight", 4, 3, BLUE, "kept"),
    ("grad_input", 5, 3, GREEN, "wanted"),
    ("grad_weight", 4, 3, GREEN, "wanted"),
    ("grad_bias", 1, 4, GREEN, "wanted"),
]
x = 0.0
for name, rows, columns, color, role in pieces:
    if name == "grad_input":
        x += 1.2
        axes.text(x - 1.6, -2.5, "→", fontsize=18, ha="center", va="center", color=GRAY)
    for r in range(rows):
        for c in range(columns):
            axes.add_patch(
                plt.Rectangle((x + c, -r - 1), 1, 1, facecolor=color + "22", edgecolor=color)
            )
    shape = f"({columns},)" if name == "grad_bias" else f"({rows}, {columns})"
    axes.text(
        x + columns / 2,
        0.35,
        f"{name}\n{shape}",
        ha="center",
        va="bottom",
        color=color,
        fontsize=10,
    )
    axes.text(
        x + columns / 2, -rows - 0.25, role, ha="center", va="top", color=GRAY, fontsize=9
    )
    x += columns + 2.2
axes.set(xlim=(-0.5, x - 1.5), ylim=(-6.2, 2.4), aspect="equal")
axes.axis("off")
plt.show()

# %% answer="linear"
def linear_backward(
    grad_output: torch.Tensor, input: torch.Tensor, weight: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Gradients of ``input @ weight.T + bias``, worked out by hand (no autograd).

    The bias itself is not among the arguments: no gradient depends on its value.

    Args:
        grad_output: gradient of the loss with respect to the layer's output, shape (N, D_out).
        input: what went into the layer, shape (N, D_in).
        weight: shape (D_out, D_in), as in ``torch.nn.Linear``.

    Returns:
        grad_input (N, D_in), grad_weight (D_out, D_in), grad_bias (D_out,), in this order, of
        the arguments' dtype.
    """
    ### BEGIN SOLUTION
    grad_input = grad_output @ weight
    grad_weight = grad_output.T @ input
    grad_bias = grad_output.sum(dim=0)
    return grad_input, grad_weight, grad_bias
    ### END SOLUTION
    raise NotImplementedError(
        "linear_backward: return the gradients of input, weight and bias"
    )

# %% [markdown]
# <details>
# <summary><b>Hint 1: I do not know where to start</b></summary>
#
# Pick one entry and forget the matrices. In which of the $y_{ni}$ does the one number $x_{12}$ occur, and with which
# factor? Its gradient is the sum, over all those places, of "upstream at that place times factor". Then do the same for
# one $W_{ij}$ and for one $\text{bias}_i$.
#
# </details>
#
# <details>
# <summary><b>Hint 2: I have a sum with indices and want matrices</b></summary>
#
# For the input, the sum runs over the outputs $i$; for the weight and the bias it runs over the batch $n$. A sum over
# an index that two matrices share is a matrix product, and the shared index must stand *inside*: last index of the left
# factor, first of the right. Where it does not, lay that matrix on its side with `.T`.
#
# </details>
#
# <details>
# <summary><b>Hint 3: shapes only</b></summary>
#
# Try it as a jigsaw with the picture above: which two of the three pieces on the left, each possibly transposed, have a
# product of shape (N, D_in)? Of shape (D_out, D_in)? There is one way for each. The bias needs no product at all: (N,
# D_out) has to become (D_out,).
#
# </details>

# %% test="linear" points=3
torch.manual_seed(0)
x = torch.randn(5, 3, requires_grad=True)
weight = torch.randn(4, 3, requires_grad=True)
bias = torch.randn(4, requires_grad=True)
upstream = torch.randn(5, 4)  # signed and uneven: ones would hide a rule that forgets it
expected = torch.autograd.grad(F.linear(x, weight, bias), (x, weight, bias), upstream)
mine = linear_backward(upstream, x.detach(), weight.detach())
assert len(mine) == 3, (
    f"linear_backward returned {len(mine)} things; expected grad_input, grad_weight, grad_bias"
)
for name, got, want in zip(
    ("grad_input", "grad_weight", "grad_bias"), mine, expected, strict=True
):
    compare(name, got, want)
one = linear_backward(
    torch.tensor([[2.0]]), torch.tensor([[3.0, 5.0]]), torch.tensor([[7.0, 11.0]])
)
compare("grad_input of one sample and one output", one[0], torch.tensor([[14.0, 22.0]]))
compare("grad_weight of one sample and one output", one[1], torch.tensor([[6.0, 10.0]]))
compare("grad_bias of one sample and one output", one[2], torch.tensor([2.0]))
print("linear: the visible tests pass")

# %% [markdown]
# ## Exercise 2: the rule of ReLU
#
# $b = \max(0, a)$, entry by entry. The slope is 1 to the right of 0 and 0 to the left, so the upstream gradient either
# passes or stops. **At exactly $a = 0$ this course takes the slope 0**, as `F.relu` does. Mathematics does not decide
# it: every number from 0 to 1 is a valid subgradient there.
#
# One more thing is asked: **do not write into `grad_output`**. It is not yours. Autograd may be handing the very same
# tensor to a neighbor.

# %% answer="relu"
def relu_backward(grad_output: torch.Tensor, input: torch.Tensor) -> torch.Tensor:
    """Gradient of ``max(0, input)``, worked out by hand (no autograd).

    Args:
        grad_output: gradient of the loss with respect to the output of ReLU, any shape. Left
            unchanged.
        input: what went into ReLU, same shape. Left unchanged.

    Returns:
        Gradient of the loss with respect to ``input``: same shape and dtype. Where ``input``
        is exactly 0 it is 0.
    """
    ### BEGIN SOLUTION
    return grad_output * (input > 0)
    ### END SOLUTION
    raise NotImplementedError(
        "relu_backward: let the upstream gradient pass where the input was positive"
    )

# %% [markdown]
# <details>
# <summary><b>Hint 1: what decides?</b></summary>
#
# The *sign of the input* decides, entry by entry. The sign of the upstream gradient decides nothing: a negative
# gradient passes through an open gate just as a positive one does.
#
# </details>
#
# <details>
# <summary><b>Hint 2: how to write it</b></summary>
#
# A comparison such as `t > 0` gives a tensor of `True` and `False`, and multiplication treats these as 1 and 0. Or look
# up `torch.where`.
#
# </details>

# %% test="relu" points=3
a = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0])
upstream = torch.tensor([1.0, -2.0, 3.0, -4.0, 5.0])
before = upstream.clone()
mine = relu_backward(upstream, a)
assert torch.equal(upstream, before), (
    f"relu_backward changed the upstream gradient it was handed, from {before.tolist()} to "
    f"{upstream.tolist()}; "
    "build a new tensor"
)
expected = torch.tensor([0.0, 0.0, 0.0, -4.0, 5.0])
for i, (value, arrived) in enumerate(zip(a.tolist(), before.tolist(), strict=True)):
    if value != 0:
        compare(
            f"the gradient for a = {value:g} and grad_output = {arrived:g}",
            mine[i],
            expected[i],
        )
assert mine[2] == 0, (
    f"at a = 0 your gradient is {mine[2]:g}; this course takes 0 there, as F.relu does"
)
compare("grad_input", mine, expected)
print("relu: the visible tests pass")

# %% [markdown]
# ## Exercise 3: the rule of the loss
#
# $$
# L = \frac{1}{N D} \sum_{n=1}^{N} \sum_{d=1}^{D} \left(y_{nd} - t_{nd}\right)^2
# $$
#
# is what `F.mse_loss` computes: the mean over **all** $N D$ entries, not over the samples. Here `grad_output` is a
# single number. It is 1 if $L$ is the end of the chain, but somebody may go on computing with the loss, for example
# $0.1\,L + \dots$, and then it is 0.1.

# %% answer="mse"
def mse_backward(
    grad_output: torch.Tensor, prediction: torch.Tensor, target: torch.Tensor
) -> torch.Tensor:
    """Gradient of ``((prediction - target) ** 2).mean()``, worked out by hand (no autograd).

    Args:
        grad_output: gradient of whatever comes after with respect to this loss, shape ().
        prediction: shape (N, D).
        target: shape (N, D).

    Returns:
        Gradient with respect to ``prediction``: shape (N, D), same dtype.
    """
    ### BEGIN SOLUTION
    return grad_output * 2 * (prediction - target) / prediction.numel()
    ### END SOLUTION
    raise NotImplementedError(
        "mse_backward: return the gradient with respect to the prediction"
    )

# %% [markdown]
# <details>
# <summary><b>Hint 1: one entry</b></summary>
#
# One entry $y_{nd}$ occurs in exactly one term of the double sum. Differentiate that term, and do not lose what stands
# before the sum.
#
# </details>
#
# <details>
# <summary><b>Hint 2: its factors</b></summary>
#
# Three factors and a difference: the upstream number, the exponent that comes down, one over the number of entries
# (tensors have a method that counts them), and $y - t$ in this order.
#
# </details>

# %% test="mse" points=2
torch.manual_seed(1)
prediction = torch.randn(5, 3, requires_grad=True)
target = torch.randn(5, 3)
for upstream in (torch.tensor(1.0), torch.tensor(-0.3)):
    (expected,) = torch.autograd.grad(F.mse_loss(prediction, target), prediction, upstream)
    mine = mse_backward(upstream, prediction.detach(), target)
    compare(f"the gradient for grad_output = {upstream:g}", mine, expected)
print("mse: the visible tests pass")

# %% [markdown]
# ## Exercise 4: the chain, right to left
#
# Now run the whole network forward, keep what you need, and walk back from the loss to the input. Every gradient on the
# way is wanted. Nothing is multiplied "all at once": each line of your backward pass uses the gradient that the line
# before it produced.
#
# Write the formulas out here so that this cell stands on its own, or call your three functions from above: both are
# fine (but then a slip up there shows here as well).
#
# **By hand means by hand**: no `.backward()`, no `torch.autograd`, no `torch.func` in this cell. The hidden checks call
# it with autograd's recording switched off.

# %% answer="chain"
def network_gradients(
    input: torch.Tensor,
    target: torch.Tensor,
    weight1: torch.Tensor,
    bias1: torch.Tensor,
    weight2: torch.Tensor,
    bias2: torch.Tensor,
) -> dict[str, torch.Tensor]:
    """Loss of Linear -> ReLU -> Linear -> MSE and its gradient at every tensor, without
    autograd.

    Args:
        input: shape (N, D_in).
        target: shape (N, D_out).
        weight1, bias1: first layer, shapes (H, D_in) and (H,).
        weight2, bias2: second layer, shapes (D_out, H) and (D_out,).

    Returns:
        A dict with the key "loss" for the loss itself, shape (), and the keys "y", "b", "a",
        "input", "weight1",
        "bias1", "weight2", "bias2" for the gradient of the loss with respect to the tensor of
        that name, in its shape.
        ``a`` is the output of the first layer, ``b = relu(a)``, ``y`` the output of the
        second.
    """
    ### BEGIN SOLUTION
    a = input @ weight1.T + bias1
    b = a.clamp(min=0)
    y = b @ weight2.T + bias2
    loss = ((y - target) ** 2).mean()

    grad_y = 2 * (y - target) / y.numel()
    grad_b = grad_y @ weight2
    grad_a = grad_b * (a > 0)
    return {
        "loss": loss,
        "y": grad_y,
        "b": grad_b,
        "a": grad_a,
        "input": grad_a @ weight1,
        "weight1": grad_a.T @ input,
        "bias1": grad_a.sum(dim=0),
        "weight2": grad_y.T @ b,
        "bias2": grad_y.sum(dim=0),
    }
    ### END SOLUTION
    raise NotImplementedError(
        "network_gradients: run forward, then walk back from the loss to the input"
    )

# %% [markdown]
# <details>
# <summary><b>Hint 1: what order?</b></summary>
#
# Forward: `a`, `b`, `y`, `loss`. Backward: first the gradient at `y`. From that one, three: at `weight2`, at `bias2`,
# at `b`. From the one at `b`: at `a`. From the one at `a`, three again.
#
# </details>
#
# <details>
# <summary><b>Hint 2: which tensor goes with which gradient?</b></summary>
#
# A layer's weight gradient needs two things: the gradient at *its output* and *its input*. What was the input of the
# second layer: `a` or `b`? Draw the box, write its input on the left and its output on the right.
#
# </details>
#
# <details>
# <summary><b>Hint 3: my numbers are off</b></summary>
#
# The test below compares tensor by tensor in the order of the backward pass and stops at the first one that differs.
# Everything to the right of it is already correct, so the mistake sits in one line.
#
# </details>

# %% test="chain" points=6
torch.manual_seed(2)
sample = {
    "input": torch.randn(6, 3),
    "weight1": torch.randn(5, 3),
    "bias1": torch.randn(5),
    "weight2": torch.randn(2, 5),
    "bias2": torch.randn(2),
}
target = torch.randn(6, 2)
tracked = {name: value.clone().requires_grad_() for name, value in sample.items()}
tracked["a"] = F.linear(tracked["input"], tracked["weight1"], tracked["bias1"])
tracked["b"] = F.relu(tracked["a"])
tracked["y"] = F.linear(tracked["b"], tracked["weight2"], tracked["bias2"])
loss = F.mse_loss(tracked["y"], target)
order = ("y", "weight2", "bias2", "b", "a", "weight1", "bias1", "input")
expected = dict(
    zip(order, torch.autograd.grad(loss, [tracked[name] for name in order]), strict=True)
)
with torch.no_grad():
    mine = network_gradients(target=target, **sample)
missing = {"loss", *order} - set(mine)
assert not missing, f"these keys are missing from your dict: {', '.join(sorted(missing))}"
compare("loss", mine["loss"], loss.detach())
for name in order:
    compare(f"dL/d{name}", mine[name], expected[name])
print("chain: the visible tests pass")

# %% [markdown]
# You have just written, for one network, what `loss.backward()` does for any.
#
# ---
#
# # Autograd in PyTorch
#
# ## How it computes gradients
#
# Your `network_gradients` knew the network in advance. Autograd does not: it **watches the forward pass**. Every
# operation on a tensor with `requires_grad=True` leaves behind a node, the operation's backward rule with whatever that
# rule needs. The nodes point to each other, from the output back to the inputs. `loss.backward()` then does what you
# did: start with 1 at the loss, call the nodes in reverse order, add up where paths meet, and put the results into the
# `.grad` of the leaves.
#
# ```mermaid
# ---
# config:
#   theme: base
#   themeVariables:
#     fontSize: "16px"
#     textColor: "#111111"
#     titleColor: "#111111"
#     primaryColor: "#E8F2FA"
#     primaryBorderColor: "#0072B2"
#     primaryTextColor: "#111111"
#     lineColor: "#0072B2"
#     edgeLabelBackground: "#FFFFFF"
#     clusterBkg: "#F8FAFC"
#     clusterBorder: "#94A3B8"
# ---
# flowchart TB
#     subgraph record["forward: each operation leaves a node"]
#         W(["weight<br/>requires_grad=True<br/>a leaf"]) --> Z["z = x Wᵀ"]
#         X(["x"]) --> Z
#         Z -->|"ReLU"| A["a"]
#         A -->|"(a − target)²"| L[["loss"]]
#     end
#     L ==>|"loss.backward()"| G[["weight.grad"]]
#     G ==>|"optimizer.step()"| U["weight moves, in place"]
#     U -.->|"next batch: the graph is built anew"| W
#     classDef leaf fill:#e3f4ee,stroke:#009E73,color:#111
#     classDef data fill:#E8F2FA,stroke:#0072B2,color:#111
#     classDef grad fill:#fdeee3,stroke:#D55E00,color:#111
#     class W,U leaf
#     class X,Z,A,L data
#     class G grad
# ```
#
# <details>
# <summary>The diagram in words</summary>
#
# Forward, each operation leaves a node: $z = x W^\top$ from the leaf `weight` and from $x$, then ReLU gives $a$, then
# the squared distance to the target gives the loss. `loss.backward()` fills in `weight.grad`, `optimizer.step()` moves
# the weight in place, and for the next batch the graph is built anew.
#
# </details>
#
# There is no compiling and no separate language: the graph is whatever your Python did this time, loops and `if`s
# included, and it is thrown away after `backward`.
#
# ## What it records
#
# A tensor that you create with `requires_grad=True` is a **leaf**: nobody computed it, so there is no node behind it
# (`grad_fn` is `None`), and it is where `.grad` is filled in. A tensor that an operation computed from it carries that
# operation's node as its **`grad_fn`**.

# %% demo="recording"
W1 = torch.randn(3, 2, requires_grad=True)
x = torch.tensor([[1.0, 2.0]])
a = F.linear(x, W1)
b = F.relu(a)
loss = b.sum()
print(f"{'tensor':<12}{'is_leaf':<10}{'requires_grad':<16}grad_fn")
for name, tensor in {
    "x": x,
    "W1": W1,
    "a": a,
    "b": b,
    "loss": loss,
    "b.detach()": b.detach(),
}.items():
    rule = type(tensor.grad_fn).__name__ if tensor.grad_fn else "None"
    print(f"{name:<12}{tensor.is_leaf!s:<10}{tensor.requires_grad!s:<16}{rule}")

# %% [markdown]
# The graph is not hidden: `grad_fn.next_functions` leads from node to node. The next cell walks through the graph of
# our network and draws it, with the **saved tensors** of each node: what the third column of the table above called
# "must be kept". `AccumulateGrad` is the end of a path: it adds what arrives to the leaf's `.grad`.

# %% demo="picture_graph" jupyter={"source_hidden": true}
def walk(root):
    """Nodes of the graph behind ``root`` with their distance to it (the longest one), and the
    edges."""
    depth, edges, todo = {root: 0}, set(), [root]
    while todo:
        node = todo.pop()
        for neighbor, _ in node.next_functions:
            if neighbor is not None:
                edges.add((node, neighbor))
                if depth.get(neighbor, -1) < depth[node] + 1:
                    depth[neighbor] = depth[node] + 1
                    todo.append(neighbor)
    return depth, edges


def saved(node):
    """Shapes of the tensors that a node keeps for its backward rule."""
    names = [n for n in dir(node) if n.startswith("_saved_")]
    found = [(n.removeprefix("_saved_"), getattr(node, n)) for n in names]
    return [f"{n} {tuple(t.shape)}" for n, t in found if isinstance(t, torch.Tensor)]


leaves = {
    "W1": torch.randn(5, 3),
    "bias1": torch.randn(5),
    "W2": torch.randn(2, 5),
    "bias2": torch.randn(2),
}
leaves = {name: tensor.requires_grad_() for name, tensor in leaves.items()}
hidden = F.relu(F.linear(torch.randn(6, 3), leaves["W1"], leaves["bias1"]))
loss = F.mse_loss(F.linear(hidden, leaves["W2"], leaves["bias2"]), torch.randn(6, 2))

depth, edges = walk(loss.grad_fn)
place, parts = (
    {},
    [
        text(
            16,
            28,
            "gradients flow along the arrows, from the loss to the leaves",
            ORANGE,
            13,
            "start",
        )
    ],
)
rank = ("MseLoss", "Addmm", "Relu", "T", "Accumulate")  # the chain itself in the first row
for node in sorted(
    depth,
    key=lambda n: next(i for i, kind in enumerate(rank) if type(n).__name__.startswith(kind)),
):
    column = max(depth.values()) - depth[node]
    row = sum(1 for other in place if depth[other] == depth[node])
    place[node] = (12 + 156 * column, 50 + 86 * row)
for node, neighbor in edges:
    (x1, y1), (x2, y2) = place[node], place[neighbor]
    parts.append(arrow(x1 - 2, y1 + 34, x2 + 132, y2 + 34, "", ORANGE, dashed=True))
for node, (x, y) in place.items():
    variable = getattr(node, "variable", None)
    if variable is not None:
        name = next(n for n, leaf in leaves.items() if leaf is variable)
        parts.append(
            box(
                x,
                y,
                130,
                68,
                "AccumulateGrad",
                f"into {name}.grad",
                stroke=GREEN,
                fill="#e3f4ee",
                size=11,
            )
        )
    else:
        lines = [("keeps " * (not i) + line, BLUE) for i, line in enumerate(saved(node))]
        parts.append(box(x, y, 130, 68, type(node).__name__, *lines, size=11))
order = sorted(depth, key=depth.get)
told = [f"{type(n).__name__}, keeps {', '.join(saved(n)) or 'no tensor'}" for n in order]
picture(
    max(x for x, _ in place.values()) + 142,
    max(y for _, y in place.values()) + 84,
    *parts,
    words="\n".join(["From the loss to the leaves:", *told]),
)

# %% [markdown]
# `AddmmBackward0` is Linear's rule and `TBackward0` the transpose in $xW^\top$. Compare the saved tensors with what
# *your* rules needed: the first layer does not even keep its weight, since nobody asked for the gradient of the input.
#
# ### Four habits of autograd: predict, then run
#
# Each of these has cost somebody an afternoon. Decide what will be printed before you run the cell.
#
# **1. Gradients accumulate.** `backward` *adds* to `.grad`. That is what makes one weight in two places work, and it is
# why a training loop clears gradients.

# %% demo="predict_accumulation"
w = torch.tensor(3.0, requires_grad=True)
for _ in range(2):
    (w**2).backward()  # the slope of w² at 3 is 6
print("w.grad after two backward passes:", w.grad.item())

# %% [markdown]
# <details>
# <summary>Why</summary>
#
# It is 12: 6 + 6. Nothing was cleared between the two passes. Set `w.grad = None` (or zero it) before each pass whose
# gradient you want by itself.
#
# </details>

# %% [markdown]
# **2. Only leaves keep a gradient.** The gradients at `a` and `b` existed, were handed on, and are gone.

# %% demo="predict_nonleaf"
import warnings

w = torch.tensor(3.0, requires_grad=True)
a = 2 * w
b = a * a
b.retain_grad()
(b + 1).backward()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(f"w: {w.grad}   b: {b.grad}   a: {a.grad}, with {len(caught)} warning")

# %% [markdown]
# <details>
# <summary>Why</summary>
#
# `w` is a leaf and gets 24. `b` was asked to retain its gradient and shows 1. `a` was not asked, so there is `None`. In
# exercise 4 the test used `torch.autograd.grad`, which returns gradients at any tensor and touches no `.grad` at all.
#
# </details>

# %% [markdown]
# **3. A leaf may not be changed in place while autograd is watching**, and an update that makes a *new* tensor is no
# update of the leaf. `torch.no_grad()` means "do not record this".

# %% demo="predict_leaf"
w = torch.tensor([1.0, 2.0], requires_grad=True)
(w**2).sum().backward()
try:
    w -= 0.1 * w.grad
except RuntimeError as error:
    print("recorded, in place: ", str(error).split(".")[0])
new = w - 0.1 * w.grad
print(
    "recorded, new tensor:",
    "a leaf" if new.is_leaf else "no leaf: backward will not fill its .grad",
)
with torch.no_grad():
    w -= 0.1 * w.grad
print("no_grad, in place:   ", w)

# %% [markdown]
# **4. Saved tensors have a version.** Every in-place change raises a tensor's **version counter**. A node notes the
# version of what it saves, and `backward` refuses to compute with something that has changed since. `.data` goes behind
# the counter's back.

# %% demo="predict_version"
def slope_after(change):
    """Gradient of sum(w²) at (1, 2) if ``change`` meddles with w between forward and
    backward."""
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w**2).sum()
    before = w._version
    with torch.no_grad():
        change(w)
    try:
        loss.backward()
        result = w.grad.tolist()
    except RuntimeError:
        result = "RuntimeError: ... has been modified by an inplace operation"
    return f"version {before} -> {w._version}:  {result}"


print("nothing changed    ", slope_after(lambda w: None))
print("w.mul_(10)         ", slope_after(lambda w: w.mul_(10)))
print("w.data.mul_(10)    ", slope_after(lambda w: w.data.mul_(10)))

# %% [markdown]
# <details>
# <summary>Why</summary>
#
# The right answer is $2w = (2, 4)$, and only the first line has it. The second refuses, loudly. The third returns
# $(20, 40)$ **and says nothing**: the rule of $w^2$ needed the old $w$ and read the new one. An error is a friend; this
# is why `.data` is best left alone.
#
# </details>

# %% [markdown]
# ## Training a network
#
# Four lines, the same in every PyTorch project, and you now know what each one is for:
#
# ```python
# optimizer.zero_grad()                 # habit 1: old gradients would be added to the new ones
# loss = network_loss(parameters, ...)  # forward: the graph is recorded
# loss.backward()                       # backward: .grad of the leaves is filled in, the graph is freed
# optimizer.step()                      # habit 3: the leaves move, in place, unrecorded
# ```

# %% given="network"
def network_loss(
    parameters: list[torch.Tensor], input: torch.Tensor, target: torch.Tensor
) -> torch.Tensor:
    """Loss of Linear -> ReLU -> Linear -> MSE, recorded; ``parameters`` are [weight1, bias1,
    weight2, bias2]."""
    weight1, bias1, weight2, bias2 = parameters
    b = F.relu(F.linear(input, weight1, bias1))
    return F.mse_loss(F.linear(b, weight2, bias2), target)


def as_leaves(*values: torch.Tensor) -> list[torch.Tensor]:
    """Copies of ``values``, each a leaf that requires a gradient."""
    return [value.detach().clone().requires_grad_() for value in values]


def train(
    parameters: list[torch.Tensor],
    input: torch.Tensor,
    target: torch.Tensor,
    rates: list[float],
    momentum: float,
) -> list[float]:
    """Call your ``training_step`` (exercise 5) once for each learning rate in ``rates``; the
    losses it returned."""
    velocities = [torch.zeros_like(parameter) for parameter in parameters]
    return [training_step(parameters, velocities, input, target, lr, momentum) for lr in rates]

# %% given="data"
torch.manual_seed(7)
inputs = torch.linspace(-3, 3, 80).reshape(-1, 1)
targets = torch.sin(2 * inputs) + 0.3 * inputs
kinks = torch.linspace(-3, 3, 40)  # where each of 40 hidden units switches on or off
slopes = torch.randn(40).sign() * (0.5 + torch.rand(40))
start = [slopes.reshape(40, 1), -slopes * kinks, 0.1 * torch.randn(1, 40), torch.zeros(1)]

# %% demo="training"
def predict(parameters):
    """Output of the network on ``inputs``, not recorded."""
    with torch.no_grad():
        weight1, bias1, weight2, bias2 = parameters
        return F.linear(F.relu(F.linear(inputs, weight1, bias1)), weight2, bias2)


parameters = as_leaves(*start)
optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
torch_losses, snapshots = [], {}
for step in range(601):
    if step in (0, 20, 600):
        snapshots[step] = predict(parameters)
    optimizer.zero_grad()
    loss = network_loss(parameters, inputs, targets)
    loss.backward()
    optimizer.step()
    torch_losses.append(loss.item())

# %% demo="picture_training" jupyter={"source_hidden": true}
figure, (left, right) = plt.subplots(
    1, 2, figsize=(9.5, 3.2), gridspec_kw={"width_ratios": [3, 2]}
)
left.plot(inputs, targets, ".", color=GRAY, markersize=4, label="data")
for (step, curve), color, line in zip(
    snapshots.items(), (BLUE, GREEN, ORANGE), (":", "--", "-"), strict=True
):
    left.plot(inputs, curve, line, color=color, label=f"after {step} steps")
left.set(xlabel="input", ylabel="y", title="40 ReLU units bend a line into a curve")
left.legend(fontsize=9, loc="lower right")
right.semilogy(torch_losses, color=ORANGE)
right.set(xlabel="step", title="loss")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## Exercise 5: the training step by hand
#
# Replace the four lines, optimizer included. `torch.optim.SGD` with momentum keeps for each parameter $p$ a
# **velocity** $v$, at first 0, and with the gradient $g$ of this step does
#
# $$
# v \leftarrow \text{momentum} \cdot v + g, \qquad\qquad p \leftarrow p - \text{lr} \cdot v
# $$
#
# With momentum 0 this is plain gradient descent. `loss.backward()` is allowed and wanted here; `torch.optim` is not.
# Parameters must stay what they are, *the same* leaf tensors: somebody else, a plot or a second loss, holds on to them.
# The learning rate may change from step to step, as with a scheduler.

# %% answer="sgd"
def training_step(
    parameters: list[torch.Tensor],
    velocities: list[torch.Tensor],
    input: torch.Tensor,
    target: torch.Tensor,
    lr: float,
    momentum: float = 0.0,
) -> float:
    """One training step of ``network_loss``, the same as zero_grad, forward, backward and step
    of ``torch.optim.SGD``.

    Args:
        parameters: [weight1, bias1, weight2, bias2], leaves that require a gradient. Changed
            in place: afterwards they
            are the same tensors with new values, still leaves, still requiring a gradient.
        velocities: a list with a tensor for each parameter, of its shape. Holds the new
            velocities afterwards.
        input: shape (N, D_in).
        target: shape (N, D_out).
        lr: learning rate.
        momentum: factor by which old velocity survives.

    Returns:
        The loss before the update, as a Python float.

    What ``.grad`` holds on entry is old and must have no influence.
    """
    ### BEGIN SOLUTION
    for parameter in parameters:
        parameter.grad = None
    loss = network_loss(parameters, input, target)
    loss.backward()
    with torch.no_grad():
        for parameter, velocity in zip(parameters, velocities, strict=True):
            velocity.mul_(momentum).add_(parameter.grad)
            # One rounding instead of two, as in torch.optim.SGD: hence the same bits.
            parameter.add_(velocity, alpha=-lr)
    return loss.item()
    ### END SOLUTION
    raise NotImplementedError(
        "training_step: clear, forward, backward, update, return the loss"
    )

# %% [markdown]
# <details>
# <summary><b>Hint 1: the order</b></summary>
#
# Old gradients out, forward, backward, update. If you clear *between* backward and update, there is nothing left to
# update with.
#
# </details>
#
# <details>
# <summary><b>Hint 2: nothing changes, or only the first step works</b></summary>
#
# `p = p - ...` inside a loop gives the *name* `p` to a new tensor; the parameter itself never hears of it. The same
# holds for `v = ...`. You want to change the tensor, which is what `-=`, `add_`, `mul_` and `copy_` do. See habit 3 for
# what autograd says to that and how to ask it to look away.
#
# </details>
#
# <details>
# <summary><b>Hint 3: equal to four digits, and I want all of them</b></summary>
#
# `p -= lr * v` rounds twice, once after the product and once after the difference. `p.add_(v, alpha=...)` is one
# operation on most machines and rounds once; that is what the optimizer calls. Both are correct answers here.
#
# </details>

# %% test="sgd" points=3
mine, theirs = as_leaves(*start), as_leaves(*start)
velocities, originals = [torch.zeros_like(p) for p in mine], list(mine)
optimizer = torch.optim.SGD(theirs, lr=0.01, momentum=0.9)
for step, lr in enumerate((0.01, 0.01, 0.003)):
    optimizer.param_groups[0]["lr"] = lr  # what a scheduler does
    optimizer.zero_grad()
    expected = network_loss(theirs, inputs, targets)
    expected.backward()
    optimizer.step()
    got = training_step(mine, velocities, inputs, targets, lr=lr, momentum=0.9)
    assert isinstance(got, float), (
        f"training_step returned a {type(got).__name__}, expected a float (see .item())"
    )
    assert abs(got - expected.item()) < 1e-4, (
        f"step {step + 1}: your loss is {got:.6f}, SGD's {expected.item():.6f}"
    )
    for name, p, original, q in zip(
        ("weight1", "bias1", "weight2", "bias2"), mine, originals, theirs, strict=True
    ):
        assert p is original, (
            f"step {step + 1}: {name} is another tensor now; change the one you were given, "
            "in place"
        )
        assert p.is_leaf and p.requires_grad, (
            f"step {step + 1}: {name} is no longer a leaf that requires a gradient"
        )
        compare(f"{name} after step {step + 1}", p.detach(), q.detach())
print("sgd: the visible tests pass")

# %% demo="picture_sgd" jupyter={"source_hidden": true}
parameters = as_leaves(*start)
my_losses = train(parameters, inputs, targets, rates=[0.01] * 601, momentum=0.9)
gap = [abs(m - t) for m, t in zip(my_losses, torch_losses, strict=True)]

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 2.9))
left.semilogy(torch_losses, color=BLUE, linewidth=5, alpha=0.35, label="torch.optim.SGD")
left.semilogy(my_losses, color=ORANGE, linewidth=1.2, label="your training_step")
left.set(xlabel="step", title="loss")
left.legend()
right.plot(gap, color=ORANGE)
top = max(gap + [1e-7])
right.set(xlabel="step", title="difference of the two losses", ylim=(-0.05 * top, 1.1 * top))
if max(gap) == 0:
    right.text(300, 5e-8, "equal in every bit of 601 steps", ha="center", color=GRAY)
plt.tight_layout()
plt.show()

# %% [markdown]
# ---
#
# # Gradient rules of your own
#
# ## The form of a rule
#
# Autograd knows a rule for each of its operations. With `torch.autograd.Function` you add one: a class with two static
# methods, which PyTorch calls for you.
#
# ```mermaid
# ---
# config:
#   theme: base
#   themeVariables:
#     fontSize: "16px"
#     textColor: "#111111"
#     titleColor: "#111111"
#     primaryColor: "#E8F2FA"
#     primaryBorderColor: "#0072B2"
#     primaryTextColor: "#111111"
#     lineColor: "#0072B2"
#     edgeLabelBackground: "#FFFFFF"
#     clusterBkg: "#F8FAFC"
#     clusterBorder: "#94A3B8"
# ---
# flowchart TB
#     subgraph F["class Square(torch.autograd.Function)"]
#         FW["forward(ctx, x)<br/>return x * x"] -->|"save_for_backward(x)"| C[("ctx keeps x")]
#         C -.->|"saved_tensors"| BW["backward(ctx, grad_output)<br/>return grad_output * 2 * x"]
#     end
#     X(["x"]) -->|"Square.apply(x)"| FW
#     FW --> Y(["output"])
#     Y --> L[["loss"]]
#     L ==>|"∂L/∂output"| BW
#     BW ==>|"∂L/∂x"| G(["x.grad"])
#     classDef kept fill:#E3F4EE,stroke:#009E73,color:#111
#     classDef data fill:#E8F2FA,stroke:#0072B2,color:#111
#     classDef grad fill:#FDEEE3,stroke:#D55E00,color:#111
#     class X,Y,L,FW data
#     class BW,G grad
#     class C kept
#     linkStyle 1,5,6 stroke:#D55E00
# ```
#
# <details>
# <summary>The diagram in words</summary>
#
# You call `Square.apply(x)`. `forward` returns `x * x` and saves `x`: `ctx` keeps it. When the gradient
# $\partial L/\partial\,\text{output}$ comes back from the loss, `backward` takes `x` out of `ctx.saved_tensors`, and
# what it returns, $\partial L/\partial x$, goes to `x.grad`.
#
# </details>
#
# * `forward(ctx, *inputs)` computes the output. Inside it nothing is recorded: whatever you compute there, autograd
#   sees one node.
# * `ctx` is the note that forward leaves for backward. Tensors go through `ctx.save_for_backward(...)` (once, all of
#   them) and come back as `ctx.saved_tensors`, a tuple; so they are covered by the version counter. Numbers and flags
#   may simply be attributes, `ctx.scale = scale`.
# * `backward(ctx, *grad_outputs)` gets one gradient for each output and returns **one for each input of forward**,
#   `None` for what is no tensor.
# * You call `TheClass.apply(...)`, never `forward` itself.
#
# `backward` is the rule you know from exercises 1 to 3: upstream in, upstream times local out. Here is one in full, the
# square, and a picture of what lives where:

# %% demo="square"
class Square(torch.autograd.Function):
    """x², with its true derivative."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * 2 * x


x = torch.tensor([1.0, -3.0], requires_grad=True)
y = Square.apply(x)
y.backward(torch.tensor([1.0, 10.0]))
print(
    "grad_fn:",
    type(y.grad_fn).__name__,
    "  gradient for the upstream (1, 10):",
    x.grad.tolist(),
)

# %% demo="picture_function" jupyter={"source_hidden": true}
picture(
    760,
    216,
    box(20, 28, 110, 50, "x"),
    box(300, 18, 170, 70, "forward", "x * x"),
    box(620, 28, 120, 50, "output"),
    arrow(133, 53, 296, 53, "Square.apply(x)", BLUE),
    arrow(473, 53, 616, 53, "", BLUE),
    arrow(385, 91, 385, 137, "", GREEN),
    text(396, 118, "ctx keeps x", GREEN, 12, "start"),
    box(300, 141, 170, 58, "backward", "grad_output * 2 * x", stroke=ORANGE, fill="#fdeee3"),
    box(620, 145, 120, 50, "loss"),
    arrow(680, 81, 680, 141, "", BLUE),
    arrow(616, 170, 474, 170, "grad_output", ORANGE, dashed=True),
    arrow(296, 170, 134, 170, "∂L/∂x", ORANGE, dashed=True),
    box(20, 145, 110, 50, "x.grad", stroke=GREEN, fill="#e3f4ee"),
    words="Square.apply(x) runs forward, x * x; ctx keeps x. From the loss, grad_output "
    "goes to backward, grad_output * 2 * x, whose result goes to x.grad.",
)

# %% [markdown]
# ## Exercise 6: three rules that are not derivatives
#
# Nothing obliges `backward` to return the true derivative. That is sometimes exactly what one wants.
#
# **`DoubleTriple`** is the smallest such rule: forward returns $2x$, backward returns $3$ times the upstream gradient.
# It is good for nothing but seeing that autograd believes whatever you tell it.
#
# **`RoundStraightThrough`** is how networks with few bits are trained. Rounding is a staircase: its slope is 0 wherever
# it has one, so no gradient ever comes through and nothing before it can learn. The *straight-through estimator* rounds
# in the forward pass (as `torch.round` does) and in the backward pass pretends that it had not: the upstream gradient
# goes straight through.
#
# **`ScaleGradient`** does nothing at all in the forward pass and multiplies the upstream gradient by `scale` in the
# backward pass. With 0.1 it slows down the part of a network before it. With $-1$ it is a *gradient reversal layer*:
# what lies before it is trained to make the loss **larger**, the core of domain-adversarial training.

# %% answer="double_triple"
class DoubleTriple(torch.autograd.Function):
    """Forward ``2 * x``; backward three times the upstream gradient. Any shape, dtype kept."""

    @staticmethod
    def forward(ctx, x: torch.Tensor) -> torch.Tensor:
        ### BEGIN SOLUTION
        return 2 * x
        ### END SOLUTION
        raise NotImplementedError("DoubleTriple.forward: return twice x")

    @staticmethod
    def backward(ctx, grad_output: torch.Tensor) -> torch.Tensor:
        ### BEGIN SOLUTION
        return 3 * grad_output
        ### END SOLUTION
        raise NotImplementedError(
            "DoubleTriple.backward: return three times the upstream gradient"
        )


def double_triple(x: torch.Tensor) -> torch.Tensor:
    """``DoubleTriple`` as a function."""
    return DoubleTriple.apply(x)

# %% answer="straight_through"
class RoundStraightThrough(torch.autograd.Function):
    """Forward ``torch.round(x)``; backward the upstream gradient as it is. Any shape, dtype
    kept."""

    @staticmethod
    def forward(ctx, x: torch.Tensor) -> torch.Tensor:
        ### BEGIN SOLUTION
        return torch.round(x)
        ### END SOLUTION
        raise NotImplementedError("RoundStraightThrough.forward: round x")

    @staticmethod
    def backward(ctx, grad_output: torch.Tensor) -> torch.Tensor:
        ### BEGIN SOLUTION
        return grad_output
        ### END SOLUTION
        raise NotImplementedError(
            "RoundStraightThrough.backward: let the upstream gradient through"
        )


def round_straight_through(x: torch.Tensor) -> torch.Tensor:
    """``RoundStraightThrough`` as a function."""
    return RoundStraightThrough.apply(x)

# %% answer="scale_gradient"
class ScaleGradient(torch.autograd.Function):
    """Forward ``x`` unchanged; backward ``scale`` times the upstream gradient. Any shape,
    dtype kept.

    ``scale`` is a Python number: 1 changes nothing, 0 stops the gradient, -1 reverses it.
    """

    @staticmethod
    def forward(ctx, x: torch.Tensor, scale: float) -> torch.Tensor:
        ### BEGIN SOLUTION
        ctx.scale = scale
        # A view and not x itself, so that it is plain which tensor carries this rule.
        return x.view_as(x)
        ### END SOLUTION
        raise NotImplementedError("ScaleGradient.forward: remember scale, return x")

    @staticmethod
    def backward(ctx, grad_output: torch.Tensor) -> tuple[torch.Tensor, None]:
        ### BEGIN SOLUTION
        return ctx.scale * grad_output, None
        ### END SOLUTION
        raise NotImplementedError(
            "ScaleGradient.backward: scale the upstream gradient; scale itself gets None"
        )


def scale_gradient(x: torch.Tensor, scale: float) -> torch.Tensor:
    """``ScaleGradient`` as a function."""
    return ScaleGradient.apply(x, scale)

# %% [markdown]
# <details>
# <summary><b>Hint 1: what do I save?</b></summary>
#
# Only what backward needs. Does three times the upstream gradient depend on $x$? Does the straight-through gradient?
# `scale` is a number and no tensor: an attribute of `ctx` will do.
#
# </details>
#
# <details>
# <summary><b>Hint 2: "returned an incorrect number of gradients"</b></summary>
#
# Count the arguments of `forward` after `ctx`. Backward returns that many things, in the same order. A number such as
# `scale` has no gradient, and the way to say so is `None`.
#
# </details>

# %% test="rules" points=3
x = torch.tensor([-1.6, -0.4, 0.5, 2.3], requires_grad=True)
upstream = torch.tensor([1.2, -2.5, 3.0, -0.4])
rules = {
    "double_triple": (double_triple, (), 2 * x, 3 * upstream),
    "round_straight_through": (round_straight_through, (), torch.round(x), upstream),
    "scale_gradient with scale 0.1": (scale_gradient, (0.1,), x, 0.1 * upstream),
    "scale_gradient with scale -1": (scale_gradient, (-1.0,), x, -upstream),
}
for name, (function, extra, value, expected) in rules.items():
    y = function(x, *extra)
    compare(f"{name}: the output", y.detach(), value.detach())
    assert y.grad_fn is not None, (
        f"{name}: the output is not connected to x; call the class with .apply"
    )
    (mine,) = torch.autograd.grad(y, x, upstream)
    compare(f"{name}: the gradient", mine, expected)
print("rules: the visible tests pass")

# %% [markdown]
# ## Rules that gradcheck rejects
#
# `torch.autograd.gradcheck` nudges every input a little, in double precision, and compares what the *function* did with
# what the *rule* claims. For an ordinary operation this is the best test there is. Predict what it says about `Square`
# and about your three rules.

# %% demo="gradcheck"
from torch.autograd.gradcheck import GradcheckError, gradcheck

point = torch.tensor([0.3, 1.2], dtype=torch.float64, requires_grad=True)
rules = {
    "Square": Square.apply,
    "DoubleTriple": double_triple,
    "RoundStraightThrough": round_straight_through,
    "ScaleGradient, -1": lambda x: scale_gradient(x, -1.0),
    "ScaleGradient, 1": lambda x: scale_gradient(x, 1.0),
}
print(f"{'rule':<24}{'the function does':>18}{'the rule claims':>18}   gradcheck")
for name, function in rules.items():
    with torch.no_grad():
        measured = (function(point[:1] + 1e-6) - function(point[:1] - 1e-6)) / 2e-6
    (claimed,) = torch.autograd.grad(function(point).sum(), point)
    try:
        verdict = "passes" if gradcheck(function, point) else "fails"
    except GradcheckError as error:
        verdict = "fails: " + str(error).split(",")[0]
    print(f"{name:<24}{measured.item():>18.4f}{claimed[0].item():>18.4f}   {verdict}")

# %% demo="picture_rules" jupyter={"source_hidden": true}
figure, axes = plt.subplots(1, 3, figsize=(9.8, 3.2))
panels = [
    ("DoubleTriple", double_triple, 0.6),
    ("RoundStraightThrough", round_straight_through, 0.8),
    ("ScaleGradient, scale −1", lambda x: scale_gradient(x, -1.0), 0.6),
]
grid = torch.linspace(-1.9, 1.9, 761)
for axis, (title, function, at) in zip(axes, panels, strict=True):
    x = torch.tensor(at, requires_grad=True)
    y = function(x)
    (claimed,) = torch.autograd.grad(y, x)
    curve = function(grid)
    curve = torch.where(
        (curve - curve.roll(1)).abs() > 0.5, torch.nan, curve
    )  # no verticals at the jumps
    axis.plot(grid, curve, color=BLUE, linewidth=2.2, label="the function")
    ends = torch.tensor([at - 0.75, at + 0.75])
    claim = y.item() + claimed.item() * (ends - at)
    axis.plot(ends, claim, "--", color=ORANGE, linewidth=2, label="the slope it claims")
    axis.plot(at, y.item(), "o", color=ORANGE)
    axis.set(title=title, xlabel="x", ylim=(-4.2, 4.2) if "Double" in title else (-2.4, 2.4))
axes[0].legend(fontsize=9, loc="upper left")
plt.tight_layout()
plt.show()

# %% [markdown]
# gradcheck is right: none of the three rules is the derivative of its function. It fails *because* the rules are custom
# on purpose, and it will fail for every correct implementation of them. Two lessons:
#
# * A failing gradcheck proves that rule and function disagree (in double precision and away from kinks: at the corner
#   of ReLU it fails for a correct rule as well). Whether that is a bug is for you to say, so **say it**, in the
#   docstring, as the answer cells above do.
# * With gradcheck out of the game you test the *rule*: a few inputs, a signed uneven upstream, and the gradient you
#   want, written down. That is what the visible and hidden tests of this exercise do.
#
# Were they worth it? Below, three integer weights are to be found by gradient descent *through* rounding. With the true
# derivative of `torch.round`, which is 0, nothing moves. On the right, descent is asked for a saddle point, the lowest
# place along $u$ and the highest along $v$. Left alone it slides off; with the gradient of $v$ reversed it spirals in.

# %% demo="picture_use" jupyter={"source_hidden": true}
torch.manual_seed(4)
features = torch.randn(60, 3)
goal = features @ torch.tensor([2.0, -1.0, 3.0])


def fit(rounding):
    """Losses while the real-valued ``latent`` is trained and only its rounded value is
    used."""
    latent, losses = torch.tensor([0.2, 0.3, 0.1], requires_grad=True), []
    for _ in range(40):
        loss = F.mse_loss(features @ rounding(latent), goal)
        (gradient,) = torch.autograd.grad(loss, latent)
        with torch.no_grad():
            latent -= 0.05 * gradient
        losses.append(loss.item())
    return losses, torch.round(latent.detach()).tolist()


def saddle(scale):
    """Path of plain descent on u²/2 + uv - v²/2 with the gradient of v multiplied by
    ``scale``."""
    place, path = torch.tensor([1.6, 1.2], requires_grad=True), []
    for _ in range(70):
        path.append(place.tolist())
        u, v = place[0], scale_gradient(place[1], scale)
        (gradient,) = torch.autograd.grad(u * u / 2 + u * v - v * v / 2, place)
        with torch.no_grad():
            place -= 0.1 * gradient
    return torch.tensor(path)


figure, (left, right) = plt.subplots(
    1, 2, figsize=(9.8, 3.6), gridspec_kw={"width_ratios": [5, 4]}
)
for name, rounding, color, line in (
    ("torch.round", torch.round, BLUE, "--"),
    ("straight-through", round_straight_through, ORANGE, "-"),
):
    losses, found = fit(rounding)
    left.plot(
        losses,
        line,
        color=color,
        linewidth=2,
        label=f"{name}: ends at {[int(w) for w in found]}".replace("-1", "−1"),
    )
left.set(xlabel="step", title="learning integer weights (sought: [2, −1, 3])", ylabel="loss")
left.legend(fontsize=9, loc="center right")
u, v = torch.meshgrid(torch.linspace(-2, 2, 60), torch.linspace(-2, 2, 60), indexing="xy")
right.contour(u, v, u * u / 2 + u * v - v * v / 2, levels=14, colors="#cccccc", linewidths=0.8)
for scale, color, line in ((1.0, BLUE, "--"), (-1.0, ORANGE, "-")):
    name = f"scale {scale:g}".replace("-", "−")
    path = saddle(scale)
    right.plot(
        path[:, 0], path[:, 1], line, color=color, linewidth=2, label=name
    )
right.plot(0, 0, "+", color="black", markersize=11)
right.set(
    xlim=(-2, 2),
    ylim=(-2, 2),
    aspect="equal",
    title="down in u, up in v",
    xlabel="u",
    ylabel="v",
)
right.legend(fontsize=9, loc="lower left")
plt.tight_layout()
plt.show()

# %% [markdown]
# ---
#
# ## Pitfalls
#
# * **Square layers hide transposes.** Test with sizes that all differ, as the tests above do. An upstream of ones hides
#   a forgotten factor, a batch of one a forgotten sum.
# * **"Mean" over what?** `F.mse_loss` divides by the number of *entries*. Divide by $N$ only and every gradient is $D$
#   times too large, which looks like a badly tuned learning rate.
# * **`b` or `a`?** The weight gradient of a layer uses what went *into* it. Of the second layer that is $b$, after
#   ReLU.
# * **A bias gradient is a sum over the batch**, not a mean: the mean is in the loss already.
# * **A rebound name is no update.** `p = p - lr * g` leaves the parameter where it was.
# * **`.item()`, NumPy, `torch.tensor(list)`** in a forward pass cut the graph; the error comes later, from `backward`:
#   *does not require grad*. Where another path to the loss remains, it never comes.
# * **Inside a `Function` PyTorch is forgiving where you would rather it were not**: a gradient with too many
#   dimensions, as a bias gradient that was not summed, is quietly summed to the right shape. Compare numbers, not only
#   shapes.
#
# ## Takeaways
#
# 1. One rule for everything: *hand on upstream times local; add up where paths meet*.
# 2. A gradient has the shape of its tensor. If your sizes differ, shapes alone find many mistakes: 6 of the 10 wrong
#    answers to exercise 1 in the grader's catalogue give a wrong shape, or none.
# 3. Autograd is your exercise 4 with the formulas looked up: it records nodes in the forward pass and calls them
#    backward.
# 4. `.grad` accumulates, only leaves have it, updates happen in place under `no_grad`, and the version counter watches
#    what was saved.
# 5. A `Function` may claim any gradient. gradcheck compares the claim with the function; you decide whether they ought
#    to agree.
#
# ## Further reading
#
# * [Autograd mechanics](https://docs.pytorch.org/docs/stable/notes/autograd.html): how the graph is encoded, saved
#   tensors, grad modes, in-place checks
# * [A gentle introduction to torch.autograd](https://docs.pytorch.org/tutorials/beginner/blitz/autograd_tutorial.html)
# * [Extending torch.autograd](https://docs.pytorch.org/docs/stable/notes/extending.html): everything about `Function`
# * [`torch.optim.SGD`](https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html) and its note on how its
#   momentum differs from the literature's
# * [Gradcheck mechanics](https://docs.pytorch.org/docs/stable/notes/gradcheck.html)
#
# **Next:** Lab 03 writes one `Function`, ReLU, as carefully as PyTorch does: zeros, NaN, views, in-place edits. Second
# derivatives come in its extensions.
