"""Numbers that the lab's prose states: each function computes some, and returns the text in which they must stand."""

import torch
import torch.nn.functional as F


def full_jacobian():
    """The size of a matrix that nobody builds."""
    numbers = (1000 * 64) ** 2
    return f"$64\\,000 \\times 64\\,000$ numbers, {4 * numbers / 1e9:.0f} GB"


def worked_example(right):
    """The gradients of the example that is small enough for the head."""
    names = ("input", "target", "weight1", "bias1", "weight2", "bias2")
    values = ([[1.0, 2.0]], [[4.0]], [[1.0, 1.0], [2.0, -2.0], [-1.0, 1.0]], [0.0, 0.0, 1.0], [[2.0, 5.0, -1.0]], [1.0])
    example = {name: torch.tensor(value) for name, value in zip(names, values)}
    found = {name: ", ".join(f"{v:g}" for v in t.reshape(-1)) for name, t in right["network_gradients"](**example).items()}
    moved = example | {"input": torch.tensor([[1.001, 2.0]])}
    return [
        f"(2, 5, -1) = ({found['b']})$",
        f"\\partial L/\\partial a = ({found['a']})$",
        f"(-1, 1) = ({found['input']})$",
        f"\\approx {right['network_gradients'](**moved)['loss']:.3f}$. Slope 6",
    ]


def wrong_shapes(wrong):
    """How many wrong answers to exercise 1 shapes alone give away."""
    x, weight, upstream = torch.randn(5, 3), torch.randn(4, 3), torch.randn(5, 4)
    shapes = [(5, 3), (4, 3), (4,)]
    seen = [answer for answer in wrong if "linear" in answer.cells]

    def fits(answer):
        try:
            return [tuple(t.shape) for t in answer.names["linear_backward"](upstream.clone(), x.clone(), weight.clone())] == shapes
        except Exception:
            return False

    return f"{sum(not fits(answer) for answer in seen)} of the {len(seen)} wrong answers to exercise 1"


def accumulated():
    """What two backward passes leave."""
    w = torch.tensor(3.0, requires_grad=True)
    for _ in range(2):
        F.mse_loss(w, torch.tensor(0.0)).backward()
    return f"It is {w.grad:g}: 6 + 6"
