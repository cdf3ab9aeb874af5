"""Numbers that the lab's prose states: each function computes some, and returns the text in which they must stand."""

import torch
from torch.autograd import gradcheck


def sigmoid_slope():
    """How ten sigmoids in a row shrink a gradient."""
    x = torch.zeros((), requires_grad=True)
    torch.sigmoid(x).backward()
    assert x.grad == 0.25
    assert f"{4**10:.0e}" == "1e+06"
    return "at most 1/4"


def worked_chain():
    """The gradients of Linear, ReLU, Linear."""
    x = torch.tensor([1.5], requires_grad=True)
    a = torch.tensor([[2.0], [-1.0]]) @ x
    (torch.tensor([0.5, -4.0]) @ torch.relu(a)).backward()
    return [f"were $a = ({a[0]:g}, {a[1]:g})$", f"0 \\cdot (-1) = {x.grad.item():g}$"]


def passes_gradcheck(f):
    """Whether gradcheck at the visible test's point is content."""
    x = torch.tensor([-2.0, -0.3, 0.3, 2.0], dtype=torch.double, requires_grad=True)
    try:
        return gradcheck(f, x, eps=1e-6, atol=1e-4)
    except Exception:
        return False


def passes_random(f, upstream):
    """Whether values and gradient are right on a random matrix; None sends ones back by .sum()."""
    x = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    leaf = x.clone().requires_grad_()
    try:
        y = f(leaf)
        y.sum().backward() if upstream is None else y.backward(upstream.clone())
        right = (x > 0) * (1.0 if upstream is None else upstream)
        return torch.allclose(y.detach(), x.clamp(min=0)) and torch.allclose(leaf.grad, right)
    except Exception:
        return False


def _edits_without_bending(x):
    """ReLU that raises what is below -1 in its input to -1."""

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, input):
            ctx.save_for_backward(input > 0)
            input.data.clamp_(min=-1)
            return input.clamp(min=0)

        @staticmethod
        def backward(ctx, grad_output):
            return grad_output * ctx.saved_tensors[0]

    return Function.apply(x)


def what_gradcheck_misses(wrong):
    """The mistakes that are named pass or fail gradcheck as the list says."""
    passed = {answer.name for answer in wrong if passes_gradcheck(answer.names["custom_relu"])}
    assert {"kink_one", "edits_grad_output", "ctx_attr_input"} <= passed
    assert not {"inplace_declared", "inplace_undeclared", "input_data_edited", "edits_saved_input"} & passed
    assert passes_gradcheck(_edits_without_bending)
    return f"a catalogue of {len(wrong)} wrong answers, and {len(passed)} of them pass this `gradcheck`"


def what_random_tests_miss(wrong):
    """How many mistakes a random matrix does not find, with ones and with a signed upstream gradient."""
    upstream = torch.randn(5, 7, generator=torch.Generator().manual_seed(1))
    plain = [answer for answer in wrong if passes_random(answer.names["custom_relu"], None)]
    signed = [answer for answer in plain if passes_random(answer.names["custom_relu"], upstream)]
    return [f"{len(plain)} of the {len(wrong)} pass it", f"and {len(signed)} of those also with a signed, uneven upstream"]
