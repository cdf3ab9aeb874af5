# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   autograder:
#     title: "A scalar autograd engine"
#     order: 1
#     difficulty: easy
#     minutes: 75
#     summary: "Write what is behind loss.backward(): record a computation, walk it backward, train a network."
#     needs: "Python classes; the chain rule"
#     feedback: hint
#     exercises:
#       - goal: "record what a number was computed from"
#         tests: [forward]
#         minutes: 20
#         difficulty: easy
#       - goal: "walk a computation backward in an order that is always right"
#         tests: [order, gradient, chain, reuse, backward, graphs]
#         minutes: 30
#         difficulty: medium
#       - goal: "give a class its arithmetic from two operations that know their derivatives"
#         tests: [operators]
#         minutes: 10
#         difficulty: easy
#       - goal: "train a network with gradients of your own making"
#         tests: [network]
#         minutes: 15
#         difficulty: easy
#       - goal: "add an operation with a derivative of its own"
#         tests: [power]
#         minutes: 15
#         difficulty: medium
# ---

# %% [markdown]
# # Lab 01: A scalar autograd engine
#
# | | |
# |---|---|
# | **Difficulty** | easy |
# | **Time** | 75 minutes, and 15 for the extra credit |
# | **You need** | Python classes and operator methods such as `__add__`; derivatives of $a+b$, $ab$ and $\max(0,x)$; the chain rule |
# | **You will be able to** | say what `loss.backward()` does, line by line, because you wrote it |
# | **Points** | 20: forward 3 · order 1 · gradient 4 · chain 1 · reuse 2 · backward 2 · graphs 2 · operators 2 · network 3; 2 more for the extra credit |
#
# You write a class `Value` that wraps one number. It computes like a number, and on the side it remembers *how* each
# result came about. From that memory, one call of `backward()` finds the derivative of the result with respect to
# everything that went into it. At the end, a network built from nothing but your class learns to tell two moons apart.
#
# No tensors, no PyTorch, no magic: about forty lines of Python, all of them yours.

# %% given="imports"
import math
import random
from collections.abc import Callable
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.colors import ListedColormap

# %% [markdown]
# ## The problem
#
# A neuron with one input computes $y = \mathrm{relu}(w x + b)$. Training it means asking, for each of $w$, $x$ and $b$:
# *if I raise this number a little, how much does $y$ move?* That ratio is a derivative, and for a network we need it
# for every weight at once.
#
# One way is to try: nudge one number by a tiny $h$, compute everything again, see what moved.
#
# $$\frac{\partial y}{\partial w} \approx \frac{y(w + h) - y(w - h)}{2h}$$
#
# It needs two full computations *for each weight*. A network with a million weights would need two million of them for
# one step of training. **Backpropagation gets all million derivatives from a single walk back through the
# computation.**
#
# ### Why it matters
#
# PyTorch, JAX and TensorFlow are all this idea with tensors in place of numbers. When a gradient is `None`, doubled, or
# zero for no visible reason, the cause is almost always one of the few lines that you are about to write.

# %% [markdown]
# ## A worked example, by hand
#
# Take $x = 2$, $w = 3$, $b = -4$ and write the neuron as one operation at a time:
#
# $$p = w x = 6, \qquad s = p + b = 2, \qquad y = \mathrm{relu}(s) = 2$$
#
# Now walk backward. Start from the end with $\frac{\partial y}{\partial y} = 1$: $y$ moves exactly as much as itself.
# At each operation, multiply the gradient that *arrives* (the **upstream** gradient) by the operation's own **local**
# derivative:
#
# | step | operation | local derivative | result |
# |---|---|---|---|
# | 1 | $y = \mathrm{relu}(s)$, $s = 2 > 0$ | $\partial y/\partial s = 1$ | $\partial y/\partial s = 1 \cdot 1 = 1$ |
# | 2 | $s = p + b$ | $\partial s/\partial p = 1$, $\partial s/\partial b = 1$ | $\partial y/\partial p = 1$, $\;\partial y/\partial b = 1$ |
# | 3 | $p = w x$ | $\partial p/\partial w = x = 2$, $\partial p/\partial x = w = 3$ | $\partial y/\partial w = 1 \cdot 2 = 2$, $\;\partial y/\partial x = 1 \cdot 3 = 3$ |
#
# That is the whole algorithm. The next cell draws it; its code is only for drawing, and is shown folded. Blue boxes are
# the numbers we started from, the values are computed from left to right, and the gradients, in orange, from right to
# left.

# %% demo="draw" jupyter={"source_hidden": true}
import base64
from html import escape


class Picture:
    """An SVG picture, and words that say what it shows: for screen readers, and wherever
    pictures cannot be shown. With `still`, the picture without its animation, it can be
    played again, and is still for those who ask their system for reduced motion."""

    def __init__(self, svg, words, still=""):
        self.svg, self.words, self.still = svg, words, still

    def __repr__(self):
        return self.words

    def _repr_html_(self):  # as an image: also shown where a notebook is not trusted
        def address(svg):
            return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()

        image = f'<img src="{address(self.svg)}" alt="{escape(self.words)}">'
        if not self.still:
            return image
        calm = '<source media="(prefers-reduced-motion: reduce)"'
        again = "const i = this.parentElement.querySelector('img');"
        again += "i.src = i.src.split('#')[0] + '#' + Date.now()"
        return (
            f'<div><picture>{calm} srcset="{address(self.still)}">{image}</picture><br>'
            f'<button onclick="{again}">Play it again</button></div>'
        )


def layers_of(root):
    """The nodes behind root, operands before results, and the column of each: its longest path
    from a leaf."""
    nodes, column = [], {}

    def place(node):
        if id(node) not in column:
            column[id(node)] = 1 + max(map(place, node.parents), default=-1)
            nodes.append(node)
        return column[id(node)]

    place(root)
    for node in nodes:  # a starting number moves right, next to the first result that uses it
        if not node.parents:
            users = [
                column[id(other)]
                for other in nodes
                if any(parent is node for parent in other.parents)
            ]
            column[id(node)] = min(users, default=1) - 1
    return nodes, column


def draw(root, animate=False):
    """A picture of the graph behind root: label, value and gradient of each node; operands
    from top to bottom."""
    nodes, column = layers_of(root)
    width, height, gap_x, gap_y = 104, 62, 58, 22
    rows = [
        [] for _ in range(column[id(root)] + 1)
    ]  # what stands in each column: nodes, and bends of edges passing by
    routes, pull = [], {id(root): [0.0]}
    for depth in range(len(rows) - 1, -1, -1):
        rows[depth] += [node for node in nodes if column[id(node)] == depth]
        # Barycenter rule: each item wants the mean height of what it leads to, so that few
        # edges cross.
        rows[depth].sort(key=lambda item: sum(pull[id(item)]) / len(pull[id(item)]))
        for place, item in enumerate(rows[depth]):
            item_y = place - (len(rows[depth]) - 1) / 2
            links = [(item.source, item.route)] if hasattr(item, "route") else []
            if not links:
                links = [(parent, [(item, port)]) for port, parent in enumerate(item.parents)]
                routes += [(parent, route) for parent, route in links]
            for port, (source, route) in enumerate(links):
                if column[id(source)] < depth - 1:
                    bend = SimpleNamespace(source=source, route=route)
                    route.append((bend, 0))
                    rows[depth - 1].append(bend)
                    pull[id(bend)] = [item_y + 0.3 * port]
                else:
                    pull.setdefault(id(source), []).append(item_y + 0.3 * port)
    tallest = max(map(len, rows))
    x = {
        id(item): 12 + depth * (width + gap_x)
        for depth, row in enumerate(rows)
        for item in row
    }
    y = {
        id(item): 12 + (place + (tallest - len(row)) / 2) * (height + gap_y)
        for row in rows
        for place, item in enumerate(row)
    }
    full_width, full_height = (
        len(rows) * (width + gap_x) - gap_x + 24,
        tallest * (height + gap_y) - gap_y + 24,
    )
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{full_width}" height="{full_height}" '
        f'viewBox="0 0 {full_width} {full_height}" font-family="sans-serif" font-size="13" '
        'text-anchor="middle">',
        '<defs><marker id="tip" markerWidth="9" markerHeight="8" refX="8" refY="4" '
        'orient="auto">'
        '<path d="M0,0 L9,4 L0,8 z" fill="#666"/></marker></defs>',
        "<style>@media (prefers-reduced-motion: no-preference) "
        "{ .late { animation: appear 1ms both } } @keyframes appear { from { opacity: 0 } }"
        "</style>",
        '<rect width="100%" height="100%" rx="8" fill="white"/>',
    ]
    for source, route in routes:
        start_x, start_y = x[id(source)] + width, y[id(source)] + height / 2
        path = f"M{start_x},{start_y}"
        for item, port in reversed(route):
            operands = len(getattr(item, "parents", [0]))
            end_x, end_y = (
                x[id(item)],
                y[id(item)] + height / 2 + 18 * (port - (operands - 1) / 2),
            )
            path += f" C{start_x + gap_x / 2},{start_y} {end_x - gap_x / 2},{end_y} "
            path += f"{end_x},{end_y}"
            if not hasattr(item, "parents"):
                path += f" h{width}"
                end_x += width
            start_x, start_y = end_x, end_y
        svg.append(
            f'<path d="{path}" fill="none" stroke="#666" stroke-width="1.4" '
            'marker-end="url(#tip)"/>'
        )
    for turn, node in enumerate(reversed(nodes)):
        left, top = x[id(node)], y[id(node)]
        color = "#666" if node.parents else "#0072B2"
        fill = (
            "#fbe3d6" if any(node is bad for bad in getattr(root, "wrong", [])) else "#f7f7f7"
        )
        label = (node.label or "number").replace("&", "&amp;").replace("<", "&lt;")
        delay = f"animation-delay: {0.7 * (turn + 1):.1f}s"
        late = f' class="late" style="{delay}"' if animate else ""
        svg.append(
            f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="7" '
            f'fill="{fill}" stroke="{color}" '
            f'stroke-width="1.6"/><text x="{left + width / 2}" y="{top + 18}" '
            f'font-weight="bold" fill="{color}">{label}'
            f'</text><text x="{left + width / 2}" y="{top + 36}" fill="#222">value '
            f"{signed(node.data)}</text>"
            f'<text x="{left + width / 2}" y="{top + 53}" fill="#C24E00"{late}>grad '
            f"{signed(node.grad)}</text>"
        )
    still = draw(root).svg if animate else ""
    return Picture("".join(svg) + "</svg>", outline(root), still)


def signed(number):
    """A number of four digits, with a real minus sign."""
    return f"{number:.4g}".replace("-", "−")


def outline(root):
    """The same graph as text: one node a line, operands before results."""
    nodes, _ = layers_of(root)
    number = {id(node): f"n{place}" for place, node in enumerate(nodes)}
    made = [
        " ".join([node.label or "number", *(number[id(parent)] for parent in node.parents)])
        for node in nodes
    ]
    width = max(map(len, made))
    return "\n".join(
        f"{number[id(node)]:>3} = {text:<{width}}   value {signed(node.data):<8} grad "
        f"{signed(node.grad)}"
        for node, text in zip(nodes, made, strict=True)
    )


def by_hand(label, data, grad, *parents):
    """A node with its gradient written in by hand: good for a picture, and for nothing
    else."""
    return SimpleNamespace(label=label, data=data, grad=grad, parents=parents)


w, x, b = by_hand("w", 3.0, 2.0), by_hand("x", 2.0, 3.0), by_hand("b", -4.0, 1.0)
s = by_hand("s = p + b", 2.0, 1.0, by_hand("p = w * x", 6.0, 1.0, w, x), b)
y = by_hand("y = relu(s)", 2.0, 1.0, s)
display(draw(y, animate=True))

# %% [markdown]
# Is $\partial y/\partial x = 3$ right? Nudge $x$ and see. Nudging is slow but honest: it knows nothing of the chain
# rule, so it makes the best judge of an autograd engine. Keep it in mind for the rest of your life with gradients.

# %% demo="nudge"
def y_of(w, x, b):
    return max(0.0, w * x + b)


h = 1e-6
print("dy/dw by nudging:", round((y_of(3 + h, 2, -4) - y_of(3 - h, 2, -4)) / (2 * h), 6))
print("dy/dx by nudging:", round((y_of(3, 2 + h, -4) - y_of(3, 2 - h, -4)) / (2 * h), 6))
print("dy/db by nudging:", round((y_of(3, 2, -4 + h) - y_of(3, 2, -4 - h)) / (2 * h), 6))

# %% [markdown]
# ## What you build
#
# 1. **`Value`** with `a + b`, `a * b` and `a.relu()`. Each returns a *new* `Value` that knows its number, its operands
#    and its rule for going backward. The right operand may be a plain number: `a + 1.5`, `a * 2`.
# 2. **`topological_order`** and **`backpropagate`**, which together are `out.backward()`.
# 3. **`Operators`**: `1 + a`, `2 * a`, `-a`, `a - b`, `1 - a`. No new calculus.
# 4. **`neuron`** and **`descend`**, and with them a two-layer network that learns.
# 5. Extra credit: **`power`**, a new operation with a derivative of its own, which makes division work.
#
# Write your code where it says `# YOUR CODE HERE`, and delete the line `raise NotImplementedError(...)` below it.
#
# What is graded is the behavior of these names. The starter stores a rule in each result; if you prefer another design
# (closures, classes for the operations, a tape), take it, as long as `Value(3.0)`, `data`, `grad`, the operators,
# `relu()`, `backward()` and `topological_order` do what is written here. The pictures also read `parents` and `label`.
#
# ### What `backward()` leaves behind
#
# Let `out` be any `Value`. After `out.backward()`:
#
# * **inner nodes**, those computed from others: `node.grad` is $\partial\,\text{out}/\partial\,\text{node}$, whatever
#   it was before. `out` itself gets 1.
# * **leaves**, those made directly by `Value(3.0)`: $\partial\,\text{out}/\partial\,\text{leaf}$ is **added** to
#   `leaf.grad`, which starts at 0. So a second `backward()`, on the same `out` or on another expression that uses the
#   leaf, *adds to* the first. No leaf is ever set back to zero behind your back.
# * nodes that `out` does not depend on are left alone.
#
# PyTorch's leaves add up in the same way, which is why training loops call `zero_grad()`. (PyTorch shows `.grad` on
# leaves only; here inner nodes have it too, so that you can look.)

# %% [markdown]
# ## Exercise 1: compute, and remember
#
# Three operations are enough for a network. Here is each of them, with $g$ for the gradient that arrives from above,
# $g = \partial\,\text{out}/\partial\,\text{result}$:
#
# | operation | forward | local derivatives | the rule: what goes down to the operands |
# |---|---|---|---|
# | **add** | $s = a + b$ | $\dfrac{\partial s}{\partial a} = 1,\quad \dfrac{\partial s}{\partial b} = 1$ | $g$ to $a$, and $g$ to $b$: an addition hands the gradient to both, unchanged |
# | **mul** | $p = a \times b$ | $\dfrac{\partial p}{\partial a} = b,\quad \dfrac{\partial p}{\partial b} = a$ | $g \cdot b$ to $a$, and $g \cdot a$ to $b$: each gets the *other* one's value |
# | **relu** | $r = \max(0, x)$ | $\dfrac{\partial r}{\partial x} = \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}$ | $g$ if $x > 0$, else $0$: a gate, open or shut |
#
# At $x = 0$ the graph of relu has a corner and no derivative. Every value from 0 to 1 would do; **this course takes
# 0**, as PyTorch's `relu` does.
#
# In the class below, `rule` is a function of one number: it takes $g$ and returns a tuple with **one gradient for each
# parent, in the order of `parents`**. It does not touch `.grad`; that comes in Exercise 2. (PyTorch has the same
# division of labor: in Lab 03 you will write such a rule as `backward(ctx, grad_output)`.)

# %% answer="value"
class Value:
    """One number, and where it came from.

    data     float: the number itself
    grad     float: d out / d this, once out.backward() was called; 0.0 before
    parents  tuple of Values: the operands it was computed from; () for a leaf
    rule     function(g: float) -> tuple of floats: takes g = d out / d this, and returns one
             gradient for each parent;
             None for a leaf
    label    str: what a picture writes on the node
    """

    def __init__(
        self,
        data: float,
        parents: "tuple[Value, ...]" = (),
        rule: Callable[[float], tuple[float, ...]] | None = None,
        label: str = "",
    ):
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents
        self.rule = rule
        self.label = label

    def __repr__(self) -> str:
        return f"Value(data={self.data:.6g}, grad={self.grad:.6g})"

    def __add__(self, other: "Value | float") -> "Value":
        """self + other, as a new Value. `other` is a Value or a plain number; neither operand
        is changed."""
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), lambda g: (g, g), "+")
        ### END SOLUTION
        raise NotImplementedError(
            "Value.__add__: return a new Value with the sum, its two parents and its rule"
        )

    def __mul__(self, other: "Value | float") -> "Value":
        """self * other, as a new Value. `other` is a Value or a plain number; neither operand
        is changed."""
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data), "*")
        ### END SOLUTION
        raise NotImplementedError(
            "Value.__mul__: return a new Value with the product, its two parents and its rule"
        )

    def relu(self) -> "Value":
        """max(0, self), as a new Value. The gradient passes where self.data > 0, and is 0
        where self.data <= 0."""
        ### BEGIN SOLUTION
        return Value(max(0.0, self.data), (self,), lambda g: (g if self.data > 0 else 0.0,), "relu")
        ### END SOLUTION
        raise NotImplementedError(
            "Value.relu: return a new Value with max(0, x), its one parent and its rule"
        )

    def backward(self) -> None:
        """Sets grad on everything that self was computed from. Given: Exercise 2 writes the
        function that it calls."""
        backpropagate(self)


# %% [markdown]
# <details>
# <summary><b>Hint 1: what does a result have to remember?</b></summary>
#
# Three things: its number, so that the computation can go on; who its operands were, so that somebody can find them
# later; and how to turn the gradient that arrives at it into gradients for them. The constructor takes exactly these.
#
# </details>
#
# <details>
# <summary><b>Hint 2: plain numbers</b></summary>
#
# In `a + 1.5`, `other` is a float and has no `.data`. Before anything else, make a `Value` of it if it is not one yet:
# `isinstance(other, Value)` tells. From there on there is only one case.
#
# </details>
#
# <details>
# <summary><b>Hint 3: how does a rule look?</b></summary>
#
# A function of `g` that returns a tuple. For an operation `double(a)` that computes `2 * a.data`, whose local
# derivative is 2 everywhere, it would be
#
# ```python
# Value(2 * a.data, (a,), lambda g: (2 * g,), "double")
# ```
#
# Mind the comma in `(2 * g,)`: a tuple with one element. A `def` inside the method does as well as a `lambda`.
#
# </details>
#
# <details>
# <summary><b>Hint 4: the rule of mul needs a and b. Where does it get them?</b></summary>
#
# It is written inside the method, so it can see the method's variables `self` and `other`, and still can when it is
# called much later. Python calls this a closure.
#
# </details>

# %% given="expect"
def expect(yours: float, wanted: float, what: str) -> None:
    """Raises an AssertionError that names `what` where yours is not the number wanted (to 9
    digits)."""
    kind = type(yours).__name__
    assert isinstance(yours, (int, float)), (
        f"{what} is a {kind}, expected a plain Python number: {yours!r}"
    )
    assert math.isclose(yours, wanted, rel_tol=1e-9, abs_tol=1e-9), (
        f"{what} is {yours:.9g}, expected {wanted:.9g}"
    )


# %% test="forward" points=3
a, b = Value(2.0), Value(-3.0)
results = {"a + b": a + b, "a * b": a * b, "a.relu()": a.relu()}
for text, result in results.items():
    kind = type(result).__name__
    assert hasattr(result, "data"), f"{text} is a {kind}, expected a new Value"
expect((a + b).data, -1.0, "(a + b).data at a = 2, b = -3")
expect((a * b).data, -6.0, "(a * b).data at a = 2, b = -3")
expect((a + 1.5).data, 3.5, "(a + 1.5).data at a = 2, where 1.5 is a plain number,")
expect((a * 4).data, 8.0, "(a * 4).data at a = 2, where 4 is a plain number,")
expect(a.relu().data, 2.0, "a.relu().data at a = 2")
expect(b.relu().data, 0.0, "b.relu().data at b = -3")
assert (a.data, b.data) == (2.0, -3.0), (
    f"the operands changed: a is {a.data}, b is {b.data}; return a *new* Value"
)
for text, result in results.items():  # in the starter's design, a rule returns a tuple
    if callable(getattr(result, "rule", None)) and len(getattr(result, "parents", ())) > 0:
        gradients, count = result.rule(1.0), len(result.parents)
        told = f"the rule of {text} returns {gradients!r} for g = 1, expected a tuple"
        assert not isinstance(gradients, float), f"{told}: mind the comma in (g,)"
        if isinstance(gradients, tuple):
            told += f" with one gradient for each of {count} parents"
            assert len(gradients) == count, told
print("forward: the visible tests pass")

# %% [markdown]
# Your neuron, recorded by your class. The values are there; the gradients are still 0, since nobody has walked back
# yet.

# %% demo="recorded"
w, x, b = Value(3.0, label="w"), Value(2.0, label="x"), Value(-4.0, label="b")
y = (w * x + b).relu()
display(draw(y))

# %% [markdown]
# ## Exercise 2: walk backward
#
# Going back is a loop: take a result, ask its rule for the gradients of its parents, hand them over, go on with the
# parents. Two questions decide whether it is right.
#
# ### What if a value is used twice?
#
# In $d = a \cdot a$ the number $a$ enters through two doors. Raise it a little, and $d$ moves because of the first door
# *and* because of the second. So the gradients that arrive over different paths are **added**:
#
# $$\frac{\partial\,\text{out}}{\partial a} = \sum_{\text{results } r \text{ that use } a} \frac{\partial\,\text{out}}{\partial r} \cdot \frac{\partial r}{\partial a}$$
#
# For $a \cdot a$ at $a = 3$, each door brings 3, and the sum is 6, as it should be for $a^2$. That is one character of
# code: `+=` where one would write `=`. It is the most common bug in home-made engines, because without reuse nobody
# notices.
#
# ### In which order?
#
# Take $a = 2$, $b = 3a$ and $d = b \cdot b + b$. Here $b$ gets a gradient from two results: 1 from the addition, and
# $b + b = 12$ from the product $q = b \cdot b$. Only when **both** have arrived, 13 in all, may $b$ pass its gradient
# on to $a$. If it is $b$'s turn before $q$'s, it passes on 1, and the 12 arrive too late:

# %% demo="order"
def relay(turns):
    """Gradients of d = b*b + b with b = 3a at a = 2, with the rules run in this order; nodes
    as by_hand makes them."""
    a = by_hand("a", 2.0, 0.0)
    b = by_hand("b = 3a", 6.0, 0.0, a)
    q = by_hand("q = b*b", 36.0, 0.0, b, b)
    d = by_hand("d = q + b", 42.0, 1.0, q, b)
    nodes, local = {"b": b, "q": q, "d": d}, {"b": (3.0,), "q": (6.0, 6.0), "d": (1.0, 1.0)}
    for name in turns:
        for parent, slope in zip(nodes[name].parents, local[name], strict=True):
            parent.grad += nodes[name].grad * slope
    return d


for turns in ("dqb", "dbq"):
    picture = relay(turns)
    verdict = (
        "right: dd/da = 39"
        if turns == "dqb"
        else "wrong: b had its turn when its gradient was 1, not yet 13"
    )
    picture.wrong = [picture.parents[1].parents[0]] if turns == "dbq" else []
    print(f"turns in the order {', '.join(turns)}  ->  {verdict}")
    display(draw(picture))

# %% [markdown]
# So every node must come **after all the results that use it**. Turn that around, and it is a list in which every node
# comes *after its parents*, read backward. Such a list is called a **topological order** of the graph.
#
# Wrong orders are treacherous, since they are often right by luck. A breadth-first walk from $d = b \cdot b + b$ meets
# $q$ before $b$ and gets 39; from $d = b + b \cdot b$ it meets $b$ first and gets 3. If the parents are kept in a
# `set`, whose order changes from run to run, the same test passes on some days and fails on others. That is why the
# tests below try **both orders of the operands**.
#
# Now write both functions.
#
# `topological_order(root)` returns a list of all nodes that `root` was computed from, and `root` itself: **each node
# once, each after all of its parents**. (So `root` is last.)
#
# `backpropagate(root)` does what "What `backward()` leaves behind" above asks: inner nodes start again from 0, leaves
# keep what they have, `root` gets 1, and then each rule runs once, in the right order.

# %% answer="backward"
def topological_order(root: Value) -> list[Value]:
    """All nodes that root depends on, and root: each exactly once, and each after all of its
    parents."""
    ### BEGIN SOLUTION
    order: list[Value] = []
    visited: set[Value] = set()

    def visit(node: Value) -> None:
        if node not in visited:
            visited.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)  # only now: all of its parents stand in the list already

    visit(root)
    return order
    ### END SOLUTION
    raise NotImplementedError(
        "topological_order: return a list of nodes, each once and each after its parents"
    )


def backpropagate(root: Value) -> None:
    """Adds d root / d leaf to the grad of every leaf, and sets the grad of every inner node to
    d root / d node."""
    ### BEGIN SOLUTION
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0.0  # what an earlier backward() left here must not flow again
    root.grad += 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad), strict=True):
                parent.grad += gradient
    return
    ### END SOLUTION
    raise NotImplementedError(
        "backpropagate: start with 1 at the root, then run every rule once, in the right order"
    )


# %% [markdown]
# <details>
# <summary><b>Hint 1: a list in which each node comes after its parents</b></summary>
#
# Let a helper `visit(node)` promise: "when I return, this node and everything before it stand in the list." To keep
# that promise for a node, first let it be kept for each of its parents. Only then append the node itself.
#
# </details>
#
# <details>
# <summary><b>Hint 2: each node once</b></summary>
#
# In `b * b + b` the helper reaches `b` three times. Keep a set of the nodes that were visited, and return at once if
# the node is in it. (A `Value` can be an element of a set: as long as you define no `__eq__`, every object is equal to
# itself only.)
#
# </details>
#
# <details>
# <summary><b>Hint 3: the outline of backpropagate</b></summary>
#
# Four steps: get the order; set the gradient of every node *that has parents* to 0; put 1 on the root; then go through
# the list from its end to its start. For each node that has a rule, call the rule with the node's gradient. It returns
# as many numbers as there are parents: `zip` pairs them.
#
# </details>
#
# <details>
# <summary><b>Hint 4: why are inner nodes set to 0 first?</b></summary>
#
# So that `backward()` can be called again. The gradient from the first call would otherwise be counted as if it had
# arrived now, and flow down a second time. For $c = (a \cdot a) \cdot (a \cdot a)$ at $a = 2$,
# $\partial c/\partial a = 4a^3 = 32$. Two calls should leave $64$ on `a`. Engines that skip this step leave 96.
#
# </details>

# %% test="order" points=1
a, c = Value(2.0), Value(3.0)
b = a * c
d = b * b + b
order = topological_order(d)
place = {id(node): i for i, node in enumerate(order)}
assert len(order) == 5, (
    f"b*b + b with b = a*c has 5 nodes (a, c, b, b*b, the sum); your list has {len(order)} "
    "entries"
)
assert len(place) == 5, "a node stands in your list more than once"
for node in order:
    for parent in node.parents:
        assert id(parent) in place, (
            f"{parent} is a parent of {node}, but it is not in your list"
        )
        assert place[id(parent)] < place[id(node)], (
            f"{node} stands before its parent {parent}; parents come first"
        )
print("order: the visible tests pass")

# %% test="gradient" points=4
a, b = Value(2.0), Value(-3.0)
out = a + b
out.backward()
expect(out.grad, 1.0, "the gradient of the result itself")
expect(a.grad, 1.0, "add: d(a + b)/da")
expect(b.grad, 1.0, "add: d(a + b)/db")

a, b = Value(2.0), Value(-3.0)
(a * b).backward()
other = "mul: each factor gets the value of the other one. At a = 2, b = -3"
expect(a.grad, -3.0, f"{other} your gradient of a")
expect(b.grad, 2.0, f"{other} your gradient of b")

for number, wanted in ((2.0, 1.0), (-2.0, 0.0), (0.0, 0.0)):
    x = Value(number)
    x.relu().backward()
    note = ", where this course takes 0 as PyTorch does," if number == 0 else ""
    expect(x.grad, wanted, f"relu: your gradient at x = {number}{note}")
print("gradient: the visible tests pass")

# %% test="chain" points=1
w, x, b = Value(3.0), Value(2.0), Value(-4.0)
p = w * x
s = p + b
y = s.relu()
(y * -5.0).backward()  # now -5 arrives at y, not 1
gradients = {
    "y": (y, -5.0),
    "s": (s, -5.0),
    "p": (p, -5.0),
    "b": (b, -5.0),
    "w": (w, -10.0),
    "x": (x, -15.0),
}
for name, (node, wanted) in gradients.items():
    expect(
        node.grad,
        wanted,
        f"chain: with p = w*x, s = p + b, y = relu(s), out = -5*y: the gradient of {name}",
    )
print("chain: the visible tests pass")

# %% test="reuse" points=2
for text, formula, wanted in (
    ("a + a", lambda a: a + a, 2.0),
    ("a * a", lambda a: a * a, 6.0),
    ("relu(a) + a * a", lambda a: a.relu() + a * a, 7.0),
    ("a * a + relu(a)", lambda a: a * a + a.relu(), 7.0),
):
    a = Value(3.0)
    formula(a).backward()
    expect(a.grad, wanted, f"reuse: for {text} at a = 3, the gradient of a")

for text, formula in (("b*b + b", lambda b: b * b + b), ("b + b*b", lambda b: b + b * b)):
    a = Value(2.0)
    b = a * 3.0
    formula(b).backward()
    expect(b.grad, 13.0, f"reuse: d = {text} with b = 3a, a = 2: the gradient of b")
    expect(a.grad, 39.0, f"reuse: d = {text} with b = 3a, a = 2: the gradient of a")
print("reuse: the visible tests pass")

# %% test="backward" points=2
a = Value(2.0)
square = a * a
c = square * square
c.backward()
expect(a.grad, 32.0, "after c.backward() for c = (a*a)*(a*a) at a = 2, the gradient of a")
c.backward()
expect(a.grad, 64.0, "leaves add up: after a second c.backward(), the gradient of a")
expect(
    square.grad,
    8.0,
    "inner nodes do not add up: after a second c.backward(), the gradient of a*a",
)

a, b = Value(2.0), Value(5.0)
(a * b).backward()
(a * 3.0).backward()
expect(a.grad, 8.0, "after (a*b).backward() and (a*3).backward() at b = 5, the gradient of a")
expect(b.grad, 2.0, "b is not in a*3, so after both calls the gradient of b")
print("backward: the visible tests pass")

# %% [markdown]
# Here is your engine at work on the diamond from above. Compare it with the picture of the right order. (Where a
# picture cannot be shown you see the same as text; `print(outline(d))` gives the text anywhere.)

# %% demo="diamond"
a = Value(2.0, label="a")
b = a * 3.0
d = b * b + b
d.backward()
display(draw(d, animate=True))

# %% [markdown]
# ### Against PyTorch
#
# The test below draws expressions at random: a few leaves, then operations on whatever is there already, so that nearly
# everything is used more than once. Each is built twice, once from your `Value` and once from PyTorch's
# double-precision scalars, and every gradient is compared.

# %% test="graphs" points=2
import torch


def random_program(rng, steps, leaves=3):
    """Operations (name, left, right) on numbered nodes, the leaves first. Every node leads to
    the last one."""
    program, unused = [], set(range(leaves))
    while len(program) < steps or len(unused) > 1:
        count = leaves + len(program)
        if len(program) < steps:
            left, right = rng.randrange(count), rng.randrange(count)
            step = (rng.choice(["add", "mul", "relu"]), left, right)
        else:  # what nobody has used yet is added up
            left, right = sorted(unused)[:2]
            step = ("add", left, right)
        program.append(step)
        unused -= {left} if step[0] == "relu" else {left, right}
        unused.add(count)
    return program


letters = "abcdefghijklmnopqrstuvwxyz"


def written(program, start):
    """The program as lines of Python, such as d = a + c; its numbers are called a, b, c."""
    sign = {"add": "{} + {}", "mul": "{} * {}", "relu": "relu({})"}
    lines = [f"    {letters[i]} = {number:.3f}" for i, number in enumerate(start)]
    for i, (name, left, right) in enumerate(program, start=len(start)):
        lines.append(f"    {letters[i]} = {sign[name].format(letters[left], letters[right])}")
    return "\n".join(lines)


def run_program(program, nodes):
    for name, left, right in program:
        a, b = nodes[left], nodes[right]
        nodes.append(a + b if name == "add" else a * b if name == "mul" else a.relu())
    return nodes


rng = random.Random(1)
for trial in range(40):
    program = random_program(
        rng, steps=2 + trial // 5
    )  # small ones first: if one fails, it is easy to look at
    start = [rng.choice([-1, 1]) * rng.uniform(0.3, 1.2) for _ in range(3)]
    if trial % 2:  # the same expression with all operands swapped
        program = [
            (name, left, right) if name == "relu" else (name, right, left)
            for name, left, right in program
        ]
    mine = run_program(program, [Value(number) for number in start])
    theirs = run_program(
        program,
        [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in start],
    )
    for tensor in theirs:
        tensor.retain_grad()
    mine[-1].backward()
    theirs[-1].backward()
    for i, (node, tensor) in enumerate(zip(mine, theirs, strict=True)):
        where = f"in random expression {trial},\n{written(program, start)}\n"
        expect(node.data, tensor.item(), f"{where}the value of {letters[i]}")
        expect(node.grad, tensor.grad.item(), f"{where}the gradient of {letters[i]}")
print("graphs: 40 random expressions agree with PyTorch")

# %% [markdown]
# ### Break it
#
# Your engine passes. Would a broken one have failed? Think before you open the answers: a good test is one that can
# fail.
#
# <details>
# <summary>An engine writes = where yours writes +=. Which of a*b + c, a + a, relu(a) + b*b does it get wrong?</summary>
#
# The second and the third: in `a + a` and in `b*b` a number is used twice. In `a*b + c` every number is used once, and
# then there is nothing to add up. A test without reuse cannot tell the two engines apart.
#
# </details>
#
# <details>
# <summary>An engine goes breadth first. Which expression does it get wrong in both orders of the operands?</summary>
#
# Put two diamonds together, one for each order: `b = 3a`, `c = b + b*b`, `d = c*c + c`. As it stands, the first diamond
# trips the engine; with all operands swapped, the second does.
#
# </details>
#
# <details>
# <summary>Another engine has slope 1 for relu at 0. Random numbers are never 0, yet the test finds it. How?</summary>
#
# Exact zeros are what a shut relu puts out. Where another relu takes one in, as in `relu(relu(a))` with $a < 0$, the
# slope at 0 counts. Unit tests that only ask single operations at random numbers never get there.
#
# </details>

# %% [markdown]
# ## Exercise 3: the rest of arithmetic, for free
#
# `a + 1` works. `1 + a` does not: Python asks the number 1 first, which has never heard of `Value`, and then looks for
# `a.__radd__(1)`. The same holds for `2 * a`, and for `sum([a, b])`, which starts from the integer 0.
#
# And how about minus? One could write a new rule, but there is no need: $-a = a \cdot (-1)$, and $a - b = a + (-b)$.
# **An operation made of operations that know their derivatives needs no derivative of its own.** This is why a
# framework gets by with a few hundred rules.
#
# A Python class cannot be reopened in a later cell, so write the methods in a class of their own; the cell after it
# copies them into `Value`. `self` will be a `Value`, `other` a `Value` or a number.

# %% answer="operators"
class Operators:
    """Arithmetic that Value gets from its own + and *. The next cell copies these methods into
    Value."""

    def __radd__(self, other: float) -> Value:
        """other + self, where other is a plain number."""
        ### BEGIN SOLUTION
        return self + other
        ### END SOLUTION
        raise NotImplementedError("Operators.__radd__: other + self")

    def __rmul__(self, other: float) -> Value:
        """other * self, where other is a plain number."""
        ### BEGIN SOLUTION
        return self * other
        ### END SOLUTION
        raise NotImplementedError("Operators.__rmul__: other * self")

    def __neg__(self) -> Value:
        """-self"""
        ### BEGIN SOLUTION
        return self * -1.0
        ### END SOLUTION
        raise NotImplementedError("Operators.__neg__: -self")

    def __sub__(self, other: Value | float) -> Value:
        """self - other, where other is a Value or a plain number."""
        ### BEGIN SOLUTION
        return self + (-other)
        ### END SOLUTION
        raise NotImplementedError("Operators.__sub__: self - other")

    def __rsub__(self, other: float) -> Value:
        """other - self, where other is a plain number. Mind the order."""
        ### BEGIN SOLUTION
        return -self + other
        ### END SOLUTION
        raise NotImplementedError("Operators.__rsub__: other - self")


# %% [markdown]
# <details>
# <summary><b>Hint 1: one line each</b></summary>
#
# None of these methods computes with `.data`, makes a `Value` or knows a derivative. Each is one line made of `+`, `*`
# and the other methods of this class.
#
# </details>
#
# <details>
# <summary><b>Hint 2: __rsub__</b></summary>
#
# For `1 - a` Python calls `a.__rsub__(1)`: `self` is what stands on the *right*. At $a = 3$ the result must be $-2$,
# with gradient $-1$.
#
# </details>

# %% given="bind_operators"
for name, method in list(vars(Operators).items()):
    if callable(method):
        setattr(Value, name, method)

# %% test="operators" points=2
a, b = Value(3.0), Value(5.0)
values = {
    "1 + a": (1 + a, 4.0),
    "2 * a": (2 * a, 6.0),
    "-a": (-a, -3.0),
    "a - b": (a - b, -2.0),
    "a - 1": (a - 1, 2.0),
    "1 - a": (1 - a, -2.0),
}
for text, (result, wanted) in values.items():
    expect(result.data, wanted, f"({text}).data at a = 3, b = 5")
out = sum([1 + a, 2 * a, -b, a - b, a - 1, 1 - b])
out.backward()
expect(a.grad, 5.0, "in 1+a + 2*a + -b + a-b + a-1 + 1-b, the gradient of a")
expect(b.grad, -3.0, "in 1+a + 2*a + -b + a-b + a-1 + 1-b, the gradient of b")
print("operators: the visible tests pass")

# %% [markdown]
# ## Exercise 4: a network that learns
#
# A neuron is a weighted sum and a gate:
#
# $$y = \mathrm{relu}(w_1 x_1 + w_2 x_2 + \dots + w_n x_n + b)$$
#
# Without the gate (`activate=False`) it is a plain weighted sum, as one wants at the end of a network. With `Value`s
# for the weights, every gradient comes from the class that you have written.
#
# One step of gradient descent then moves each parameter a little *against* its gradient, and clears the gradient for
# the next pass (leaves add up, remember):
#
# $$p \leftarrow p - \eta\,\frac{\partial\,\text{loss}}{\partial p}, \qquad \text{then } p.\text{grad} \leftarrow 0$$

# %% answer="network"
def neuron(weights: list[Value], bias: Value, inputs: list, activate: bool = True) -> Value:
    """relu(w1*x1 + ... + wn*xn + bias), or the sum alone where activate is False.

    weights  n Values
    bias     a Value
    inputs   n Values or plain numbers
    """
    ### BEGIN SOLUTION
    total = bias
    for weight, x in zip(weights, inputs, strict=True):
        total = total + weight * x
    return total.relu() if activate else total
    ### END SOLUTION
    raise NotImplementedError(
        "neuron: the weighted sum of the inputs, plus the bias, through relu if activate"
    )


def descend(parameters: list[Value], learning_rate: float) -> None:
    """One step downhill: each parameter's data moves by -learning_rate * grad, in place; its
    grad goes back to 0."""
    ### BEGIN SOLUTION
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
        parameter.grad = 0.0
    return
    ### END SOLUTION
    raise NotImplementedError("descend: change data and grad of every parameter")


# %% [markdown]
# <details>
# <summary><b>Hint 1: the weighted sum</b></summary>
#
# `zip(weights, inputs)` gives the pairs. Multiply with the weight on the left, `weight * x`, and it does not matter
# whether `x` is a `Value` or a number. Start the sum from the bias, and there is nothing left to add at the end.
#
# </details>
#
# <details>
# <summary><b>Hint 2: descend changes numbers, it does not compute</b></summary>
#
# The step is not a part of the expression: nobody wants its derivative. So it works on `.data` and `.grad`, which are
# floats, and not with the `Value`s themselves. And it must change the *same* `Value`s that the network holds:
# `parameter = parameter - ...` would only give a new object to a local name.
#
# </details>

# %% [markdown]
# The network itself is given: a hidden layer of your neurons, and one more neuron, without a gate, that adds up their
# votes. A positive score means class $+1$, a negative one class $-1$. The loss asks that each point be on its side with
# a margin of 1,
#
# $$\text{loss} = \frac{1}{N} \sum_{i=1}^{N} \mathrm{relu}(1 - t_i\, s_i), \qquad t_i \in \{-1, +1\},$$
#
# where $s_i$ is the score of point $i$. It is called the hinge loss, and needs nothing that you do not have.

# %% given="training"
class Network:
    """Two layers: `hidden` neurons with relu, and one without, whose output is the score."""

    def __init__(self, inputs: int, hidden: int, seed: int = 0):
        rng = random.Random(seed)

        def layer(neurons: int, fan_in: int) -> list[tuple[list[Value], Value]]:
            scale = math.sqrt(
                2.0 / fan_in
            )  # keeps the size of the scores about the same through a layer of relus
            return [
                (
                    [Value(rng.gauss(0.0, scale)) for _ in range(fan_in)],
                    Value(rng.uniform(-0.5, 0.5)),
                )
                for _ in range(neurons)
            ]

        self.layers = [layer(hidden, inputs), layer(1, hidden)]

    def __call__(self, inputs: list) -> Value:
        first, last = self.layers
        votes = [neuron(weights, bias, inputs) for weights, bias in first]
        return neuron(last[0][0], last[0][1], votes, activate=False)

    def parameters(self) -> list[Value]:
        """All weights and biases: neuron by neuron, layer by layer, the bias of a neuron after
        its weights."""
        return [
            value
            for layer in self.layers
            for weights, bias in layer
            for value in [*weights, bias]
        ]


def hinge_loss(network: Network, points: list, labels: list) -> Value:
    """The mean of relu(1 - label * score) over the points."""
    total = Value(0.0)
    for point, label in zip(points, labels, strict=True):
        total = total + (network(point) * -label + 1.0).relu()
    return total * (1.0 / len(points))


def fit(
    network: Network,
    points: list,
    labels: list,
    steps: int,
    learning_rate: float,
    batch: int,
    seed: int = 0,
) -> list[float]:
    """Trains in place; each step uses `batch` points drawn without repetition. Returns the
    loss before each step."""
    rng = random.Random(seed)
    losses = []
    for _ in range(steps):
        chosen = rng.sample(range(len(points)), batch)
        loss = hinge_loss(network, [points[i] for i in chosen], [labels[i] for i in chosen])
        loss.backward()
        losses.append(loss.data)
        descend(network.parameters(), learning_rate)
    return losses


# %% test="network" points=3
weights, bias = [Value(2.0), Value(-1.0)], Value(0.5)
expect(neuron(weights, bias, [3.0, 4.0]).data, 2.5, "the neuron 2*x1 - x2 + 0.5 at (3, 4)")
expect(
    neuron(weights, bias, [1.0, 4.0]).data, 0.0, "the neuron relu(2*x1 - x2 + 0.5) at (1, 4)"
)
expect(
    neuron(weights, bias, [1.0, 4.0], activate=False).data,
    -1.5,
    "the same with activate=False",
)
inputs = [Value(3.0), Value(4.0)]
neuron(weights, bias, inputs).backward()
expect(weights[1].grad, 4.0, "the gradient of the weight on x2 = 4")
expect(bias.grad, 1.0, "the gradient of the bias")
expect(inputs[0].grad, 2.0, "the gradient of x1, whose weight is 2,")

descend([*weights, bias], 0.1)
expect(
    weights[0].data, 1.7, "after a step with learning rate 0.1, the weight 2 with gradient 3"
)
expect(bias.data, 0.4, "after that step, the bias 0.5 with gradient 1")
expect(
    weights[0].grad,
    0.0,
    "after that step, the gradient of the weight (the next pass needs a clean start)",
)

xor = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
losses = fit(Network(2, 8), xor, [-1.0, 1.0, 1.0, -1.0], steps=100, learning_rate=0.2, batch=4)
course = f"XOR: loss {losses[0]:.3f} -> {losses[-1]:.3f}"
assert losses[-1] < 0.1 * losses[0], (
    f"after 100 steps the loss is expected near 0; yours went so: {course}"
)
print(f"network: the visible tests pass ({course})")

# %% [markdown]
# ### Two moons
#
# A straight line cannot tell these two apart. Your engine can: about 3,650 `Value`s are made, and walked back, in each
# of the 300 steps.

# %% demo="moons" jupyter={"source_hidden": true}
def two_moons(count, noise=0.12, seed=0):
    """Two half circles that reach into each other: an upper one, class +1, and a lower one,
    class -1."""
    rng = random.Random(seed)
    points, labels = [], []
    for i in range(count):
        angle, upper = math.pi * rng.random(), i % 2 == 0
        x, y = (
            (math.cos(angle), math.sin(angle))
            if upper
            else (1 - math.cos(angle), 0.5 - math.sin(angle))
        )
        points.append([x + rng.gauss(0, noise), y + rng.gauss(0, noise)])
        labels.append(1.0 if upper else -1.0)
    return points, labels


def show_boundary(axes, network, title):
    xs, ys = np.linspace(-1.6, 2.6, 45), np.linspace(-1.15, 1.65, 35)
    scores = np.array([[network([float(x), float(y)]).data for x in xs] for y in ys])
    axes.contourf(
        xs,
        ys,
        scores,
        levels=[-1e9, 0, 1e9],
        cmap=ListedColormap(["#0072B2", "#D55E00"]),
        alpha=0.22,
    )
    styles = ["dotted", "solid", "dotted"]
    axes.contour(
        xs, ys, scores, levels=[-1, 0, 1], colors="#333", linestyles=styles, linewidths=1.2
    )
    for label, color, marker in ((1.0, "#D55E00", "o"), (-1.0, "#0072B2", "^")):
        chosen = np.array(
            [point for point, mine in zip(points, labels, strict=True) if mine == label]
        )
        axes.scatter(
            *chosen.T, s=22, c=color, marker=marker, edgecolors="white", linewidths=0.5
        )
    right = sum(
        (network(point).data > 0) == (label > 0)
        for point, label in zip(points, labels, strict=True)
    )
    axes.set(title=f"{title}: {right} of {len(points)} right", xticks=[], yticks=[])


points, labels = two_moons(100)
network = Network(2, 12, seed=2)
figure, axes = plt.subplots(1, 4, figsize=(15, 3.6), facecolor="white", layout="constrained")
show_boundary(axes[0], network, "before")
losses = fit(network, points, labels, steps=40, learning_rate=0.3, batch=32, seed=0)
show_boundary(axes[1], network, "40 steps")
losses += fit(network, points, labels, steps=260, learning_rate=0.3, batch=32, seed=1)
show_boundary(axes[2], network, "300 steps")
axes[3].plot(losses, color="#009E73", linewidth=1)
axes[3].set(title="loss of each batch", xlabel="step", ylim=(0, None))
plt.show()

# %% [markdown]
# The solid line is where the score is 0, the dotted ones where it is $\pm 1$: the margin that the loss asks for. The
# boundary is made of straight pieces because every neuron contributes one fold.
#
# ## Exercise 5, extra credit: a new operation
#
# Powers cannot be had from `+` and `*` when the exponent is $-1$ or $\frac12$, so here is an operation that needs a
# rule of its own:
#
# $$r = a^n, \qquad \frac{\partial r}{\partial a} = n\, a^{n-1} \qquad \text{for a plain number } n$$
#
# With it, $a / b = a \cdot b^{-1}$ comes for free again; the cell after yours binds `**` and `/`.

# %% answer="power"
def power(base: Value, exponent: float) -> Value:
    """base ** exponent, as a new Value with its rule. The exponent is a plain number, and gets
    no gradient."""
    ### BEGIN SOLUTION
    slope = exponent * base.data ** (exponent - 1)
    return Value(base.data**exponent, (base,), lambda g: (g * slope,), f"** {exponent:g}")
    ### END SOLUTION
    raise NotImplementedError(
        "power: a new Value with base ** exponent, its parent and its rule"
    )


# %% given="bind_power"
def divide(a: Value | float, b: Value | float) -> Value:
    """a / b, where at least one of them is a Value."""
    return a * power(b, -1.0) if isinstance(b, Value) else a * (1.0 / b)


Value.__pow__ = power
Value.__truediv__ = divide
Value.__rtruediv__ = lambda self, other: divide(other, self)

# %% test="power" points=0 bonus=2
a = Value(2.0)
(a**3 * 5.0).backward()
expect(a.grad, 60.0, "the gradient of 5 * a**3 at a = 2")
a, b = Value(3.0), Value(4.0)
expect((a / b).data, 0.75, "a / b at a = 3, b = 4")
(a / b).backward()
expect(a.grad, 0.25, "d(a / b)/da at b = 4")
expect(b.grad, -3.0 / 16.0, "d(a / b)/db at a = 3, b = 4")
print("power: the visible tests pass")

# %% [markdown]
# ## How deep can it go?
#
# Adding up a long list one number at a time makes a chain: each sum has the one before it as its parent. If your
# `topological_order` calls itself for each parent, a chain of 1,500 additions needs 1,500 nested calls, and Python
# stops at about 1,000.

# %% demo="depth"
total = Value(0.0)
for _ in range(1500):
    total = total + 1.0
try:
    total.backward()
    print("1500 additions in a row: your engine walks them without trouble.")
except RecursionError as error:
    print(f"1500 additions in a row: RecursionError, {error}")

# %% [markdown]
# It is not graded here, but worth a thought: the loss of 1,000 points, added up as in `hinge_loss`, is such a chain.
# Raising `sys.setrecursionlimit` only moves the wall. The cure is to keep the list of things still to do *yourself*,
# instead of in nested calls.
#
# <details>
# <summary>How to do it without recursion</summary>
#
# * **A stack of your own**: push `(node, False)`. When you pop `(node, False)`, push `(node, True)` and then
#   `(parent, False)` for each parent; when you pop `(node, True)`, all of its parents are done, so append the node to
#   the order. Mark visited nodes as before.
# * **Count the users**: first count how many results use each node. Start from the root; whenever a node has had its
#   turn, lower the count of its parents by one, and take those that reached 0. This is Kahn's algorithm, and it is what
#   PyTorch does with its `dependencies`.
# * **Number the nodes as they are made**: an operand is always older than its result, so the order of creation *is* a
#   topological order.
#
# </details>
#
# ## Pitfalls
#
# * `=` for `+=` when a gradient is handed over: right on every expression in which nothing is used twice.
# * A rule that forgets `g`: right for the last operation, wrong for all others.
# * Passing on before everything has arrived: right or wrong depending on the order of the operands.
# * Gradients from the last pass: leaves add up, so the training loop clears them.
# * Testing relu at random numbers only: they never hit 0, and 0 is just what comes out of another relu.
#
# ## Takeaways
#
# * Autograd is two small things: **each operation knows its local rule**, and **an engine runs the rules from the end
#   to the start**.
# * A node's gradient is a sum over all paths to the result. Topological order makes sure that the sum is complete
#   before it is used.
# * One walk back costs about as much as the computation itself, however many parameters there are.
# * Whatever is composed of differentiable pieces needs no rule of its own.
#
# ## Further reading
#
# * [Autograd mechanics](https://docs.pytorch.org/docs/stable/notes/autograd.html): how PyTorch records the graph, and
#   what it does at points such as $\mathrm{relu}'(0)$.
# * [A gentle introduction to torch.autograd](https://docs.pytorch.org/tutorials/beginner/blitz/autograd_tutorial.html).
# * [torch.Tensor.backward](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html): the same
#   contract, for tensors.
# * Next: Lab 02 takes the same steps with tensors, and Lab 03 puts a rule of your own into PyTorch.
