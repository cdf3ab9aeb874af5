"""Two students work through each lab: a beginner who errs at every step, and one who is fast and
careless. Every message that they meet says what was found and what to do or to expect.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from autograder.course import answers as solutions
from autograder.course import labs
from autograder.course.answers import Answer
from autograder.course.labs import Lab
from autograder.students import selfcheck

ROOT = Path(__file__).parent.parent
STUB = None


@dataclass(frozen=True)
class Step:
    """What a student has in an answer cell, and what the test then says.

    Attributes:
        cell: the answer cell; the cells above hold the reference, those below their stubs.
        edits: (old, new) in the reference; STUB for the stub.
        test: the visible test that is run.
        told: what stands in the message.
    """

    cell: str
    edits: tuple[tuple[str, str], ...] | None
    test: str
    told: str


def step(cell: str, old: str, new: str, test: str, told: str) -> Step:
    return Step(cell, ((old, new),), test, told)


SHAPE = "a gradient has the shape of the tensor it belongs to"
ADD = 'Value(self.data + other.data, (self, other), lambda g: (g, g), "+")'
WRAP = "other = other if isinstance(other, Value) else Value(other)\n"
NO_STUB = (
    'raise NotImplementedError("backward: return grad_output where x > 0, and 0 elsewhere")',
    "",
)
RAISE = 'raise NotImplementedError("descend: change data and grad of every parameter")'
JOURNEYS: dict[str, dict[str, list[Step]]] = {
    "lab01_scalar_autograd": {
        "beginner": [
            Step("value", STUB, "forward", "Value.__add__: return a new Value with the sum"),
            step("value", ADD, "self.data + other.data", "forward", "a + b is a float, expected a"),
            step("value", WRAP, "pass\n", "forward", "in the line: expect((a + 1.5).data, 3.5"),
            step(
                "value",
                "max(0.0, self.data)",
                "self.data",
                "forward",
                "b.relu().data at b = -3 is -3, expected 0",
            ),
            step("value", "else 0.0,)", "else 0.0)", "forward", "mind the comma in (g,)"),
            Step("backward", STUB, "order", "topological_order: return a list of nodes"),
            step(
                "backward",
                "visited.add(node)",
                "pass",
                "order",
                "has 5 nodes (a, c, b, b*b, the sum); your list has",
            ),
            step(
                "backward",
                "    visit(root)\n    return order",
                "    visit(root)\n    return order[::-1]",
                "order",
                "parents come first",
            ),
            step(
                "backward",
                "root.grad += 1.0",
                "pass",
                "gradient",
                "the gradient of the result itself is 0, expected 1",
            ),
            step(
                "backward",
                "parent.grad += gradient",
                "parent.grad = gradient",
                "reuse",
                "for a + a at a = 3, the gradient of a is 1, expected 2",
            ),
            Step(
                "backward",
                (("node.grad = 0.0", "pass"), ("root.grad += 1.0", "root.grad = 1.0")),
                "backward",
                "leaves add up: after a second c.backward(), the gradient of a is 96, expected 64",
            ),
            step(
                "operators",
                "return -self + other",
                "return self - other",
                "operators",
                "(1 - a).data at a = 3, b = 5 is 2, expected -2",
            ),
            step(
                "network",
                "parameter.data -= ",
                "parameter.data += ",
                "network",
                "the weight 2 with gradient 3 is 2.3, expected 1.7",
            ),
        ],
        "careless": [
            step(
                "value",
                "(g * other.data, g * self.data)",
                "(g * self.data, g * other.data)",
                "gradient",
                "each factor gets the value of the other one",
            ),
            step(
                "value",
                "(g * other.data, g * self.data)",
                "(other.data, self.data)",
                "chain",
                "out = -5*y: the gradient of w is 2, expected -10",
            ),
            step(
                "value",
                "g if self.data > 0",
                "g if self.data >= 0",
                "gradient",
                "at x = 0.0, where this course takes 0 as PyTorch does, is 1, expected 0",
            ),
            step(
                "value",
                "def relu(self) ->",
                "def relu(self) --",
                "forward",
                "The answer cell `answer-value` is not Python",
            ),
            step(
                "network",
                "parameter.grad = 0.0\n    return",
                f"parameter.grad = 0.0\n    {RAISE}",
                "network",
                "delete the line `raise NotImplementedError(...)` below it",
            ),
            step(
                "power",
                "exponent * base.data ** (exponent - 1)",
                "base.data ** (exponent - 1)",
                "power",
                "the gradient of 5 * a**3 at a = 2 is 20, expected 60",
            ),
        ],
    },
    "lab02_backpropagation": {
        "beginner": [
            Step("linear", STUB, "linear", "return the gradients of input, weight and bias"),
            step(
                "linear",
                "grad_output @ weight\n",
                "grad_output @ weight.T\n",
                "linear",
                "in the line: mine = linear_backward(upstream",
            ),
            step("linear", "grad_output.T @ input", "input.T @ grad_output", "linear", SHAPE),
            step(
                "linear",
                "grad_output.sum(dim=0)",
                "grad_output",
                "linear",
                "grad_bias has shape (5, 4), expected (4,)",
            ),
            step("relu", "input > 0", "input >= 0", "relu", "at a = 0 your gradient is 3; this"),
            step(
                "mse",
                " / prediction.numel()",
                " / len(prediction)",
                "mse",
                "is 3 times the expected one, in every entry: look for a factor",
            ),
            step(
                "chain",
                "grad_b * (a > 0)",
                "grad_b",
                "chain",
                "dL/da[5, 4] is -0.87439, expected 0",
            ),
            step(
                "sgd",
                "parameter.grad = None",
                "pass",
                "sgd",
                "after step 2",
            ),
            step(
                "scale_gradient",
                "return ctx.scale * grad_output, None",
                "return ctx.scale * grad_output",
                "rules",
                "returned an incorrect number of gradients (expected 2, got 1)",
            ),
        ],
        "careless": [
            step(
                "linear",
                "return grad_input, grad_weight, grad_bias",
                "return grad_input, grad_weight",
                "linear",
                "returned 2 things; expected grad_input, grad_weight, grad_bias",
            ),
            step(
                "relu",
                "return grad_output * (input > 0)",
                "return grad_output.mul_(input > 0)",
                "relu",
                "build a new tensor",
            ),
            step("mse", "grad_output * 2 *", "2 *", "mse", "the gradient for grad_output = -0.3"),
            step(
                "chain",
                '        "bias2": grad_y.sum(dim=0),\n',
                "",
                "chain",
                "these keys are missing from your dict: bias2",
            ),
            step(
                "chain",
                "grad_y.T @ b,",
                "grad_y.T @ a,",
                "chain",
                "dL/dweight2[",
            ),
            step("sgd", "loss.item()", "loss", "sgd", "returned a Tensor, expected a float"),
            step(
                "sgd",
                "with torch.no_grad():",
                "if True:",
                "sgd",
                "a leaf Variable that requires grad",
            ),
            step(
                "straight_through",
                "return torch.round(x)",
                "return x",
                "rules",
                "round_straight_through: the output[",
            ),
        ],
    },
    "lab03_custom_relu": {
        "beginner": [
            Step("relu", STUB, "forward", "forward: save what backward needs"),
            step(
                "relu",
                "input.clamp(min=0)",
                "max(0, input)",
                "forward",
                "Boolean value of Tensor with more than one value is ambiguous",
            ),
            step(
                "relu",
                "        ctx.save_for_backward(input)\n",
                "",
                "zero_edge",
                "not enough values to unpack (expected 1, got 0)",
            ),
            step(
                "relu",
                "(input,) = ctx",
                "input = ctx",
                "zero_edge",
                "'>' not supported between instances of 'tuple' and 'int'",
            ),
            Step(
                "relu",
                (("return grad_output * (input > 0)", "grad_output * (input > 0)"), NO_STUB),
                "gradcheck",
                "no gradient arrived at the input: does backward return it?",
            ),
            step(
                "relu",
                "grad_output * (input > 0)",
                "(input > 0).float()",
                "gradcheck",
                "the gradient at x = 0.5 is 1, expected 3",
            ),
            step(
                "relu",
                "input > 0",
                "input >= 0",
                "zero_edge",
                "at x = 0, with upstream 2, your gradient is 2; this course takes ReLU'(0) = 0",
            ),
            step(
                "relu",
                "return grad_output * (input > 0)",
                "grad_output[input <= 0] = 0\n        return grad_output",
                "inplace",
                "after backward, the upstream gradient at index [0] is 0, expected 4",
            ),
        ],
        "careless": [
            step(
                "relu",
                "ReLUFunction.apply(input)",
                "input.clamp(min=0)",
                "forward",
                "expected ReLUFunctionBackward",
            ),
            step(
                "relu",
                "return input.clamp(min=0)",
                "return input.float().clamp(min=0)",
                "parity",
                "for torch.float16, the output has dtype torch.float32, expected torch.float16",
            ),
            Step(
                "relu",
                (
                    ("ctx.save_for_backward(input)", "ctx.x = input"),
                    ("(input,) = ctx.saved_tensors", "input = ctx.x"),
                ),
                "inplace",
                "did you use ctx.save_for_backward?",
            ),
            step(
                "relu",
                "return grad_output * (input > 0)",
                "return (grad_output * (input > 0)).sum()",
                "shapes",
                "returned an invalid gradient at index 0",
            ),
            step(
                "relu",
                "ReLUFunction.apply(input)",
                "ReLUFunction.apply(input.detach().requires_grad_())",
                "network",
                "fc1.weight received no gradient: the path back through custom_relu is cut",
            ),
        ],
    },
    "lab03_extensions": {
        "beginner": [
            Step("leaky", STUB, "leaky", "LeakyReLUFunction.forward: save what backward needs"),
            step(
                "leaky",
                "torch.where(x > 0, x, negative_slope * x)",
                "torch.maximum(x, negative_slope * x)",
                "leaky",
                "leaky_relu(x, 1.7): at x = -2 yours is -2, expected -3.4",
            ),
            step(
                "leaky",
                "return grad_x, None",
                "return grad_x",
                "leaky",
                "returned an incorrect number of gradients (expected 2, got 1)",
            ),
            step(
                "prelu",
                ", grad_weight\n",
                ", None\n",
                "prelu",
                "no gradient for weight: is it the second value that backward returns?",
            ),
            step(
                "prelu",
                "contributions.sum(dim=[d for d in range(x.dim()) if d != 1])",
                "contributions.mean(dim=[d for d in range(x.dim()) if d != 1])",
                "prelu",
                "sum g·x over the elements with x ≤ 0 that used each slope",
            ),
            step(
                "elu",
                "torch.expm1(x)",
                "(torch.exp(x) - 1)",
                "elu",
                "which function computes exp(x) - 1 accurately?",
            ),
            step(
                "gelu",
                "slope = cdf + x * pdf",
                "slope = cdf",
                "gelu",
                'the gradient of gelu(x, "none") for grad_output',
            ),
            step(
                "inplace",
                "        ctx.mark_dirty(x)\n",
                "",
                "inplace",
                "return x itself, and tell autograd (step 2)",
            ),
        ],
        "careless": [
            step(
                "leaky",
                "torch.where(x > 0, grad_output,",
                "torch.where(x >= 0, grad_output,",
                "leaky",
                "at x = 0 yours is 3, expected 0.029999999",
            ),
            step(
                "elu",
                "ctx.alpha * torch.exp(x.clamp(max=0))",
                "torch.exp(x.clamp(max=0))",
                "elu",
                "the gradient of elu(x, 0.4) for grad_output",
            ),
            step(
                "elu",
                "torch.exp(x.clamp(max=0))",
                "torch.exp(x)",
                "double_backward",
                "the where trap",
            ),
            step(
                "gelu",
                'if approximate == "tanh":',
                "if False:",
                "gelu",
                'gelu(x, "tanh"): at x = -4 yours is',
            ),
            step(
                "inplace",
                "ctx.save_for_backward(x)  #",
                "ctx.save_for_backward(x.double())  #",
                "inplace",
                "bytes per element are saved beyond the result, expected at most 1",
            ),
            step(
                "func",
                "    generate_vmap_rule = True\n",
                "",
                "func",
                "generate_vmap_rule",
            ),
        ],
    },
    "lab04_custom_loss": {
        "beginner": [
            Step("bce", STUB, "forward", "check shapes and reduction, then apply"),
            step(
                "bce",
                '        if reduction == "mean":\n            return loss.mean()\n        if',
                "        if",
                "reduction",
                "reduction='mean' gives a loss of shape (2, 2), expected (): a single number",
            ),
            step(
                "bce",
                "logits.clamp(min=0) - logits * targets + torch.log1p(torch.exp(-logits.abs()))",
                "torch.log(1 + torch.exp(logits)) - logits * targets",
                "stable",
                "at z = 1000, t = 0 your loss is inf, expected 1000 to six decimals",
            ),
            step(
                "bce",
                "grad_output * (torch.sigmoid(logits) - targets)",
                "torch.sigmoid(logits) - targets",
                "backward",
                "with upstream -2 your gradient is -0.6225, expected 1.2449",
            ),
            step(
                "bce",
                "grad_logits = grad_logits / logits.numel()",
                "pass",
                "reduction",
                "(3 * loss).backward() with reduction='mean': at z = 0, t = 0 your gradient is 1.5",
            ),
            step(
                "bce",
                "if logits.shape != targets.shape:",
                "if False:",
                "contract",
                "targets of shape (4,): a ValueError is asked for, but no error came",
            ),
            step(
                "huber",
                "delta * (distance - 0.5 * delta)",
                "distance - 0.5 * delta",
                "huber",
                "at r = 5, delta = 2 your loss is 4, expected 8",
            ),
            step(
                "huber",
                "return grad_input, -grad_input, None, None",
                "return grad_input, None, None, None",
                "huber",
                "the target got no gradient: this loss has two inputs that may need one",
            ),
        ],
        "careless": [
            step(
                "bce",
                "BCEWithLogitsFunction.apply(logits,",
                "BCEWithLogitsFunction.apply(torch.sigmoid(logits),",
                "forward",
                "at z = -2, t = 0 your loss is 0.7545, expected 0.1269",
            ),
            step(
                "bce",
                "return grad_logits, None, None",
                "return grad_logits",
                "backward",
                "returned an incorrect number of gradients (expected 3, got 1)",
            ),
            step(
                "bce",
                "logits, targets = ctx.saved_tensors",
                "logits, targets = ctx.saved_tensors\n        grad_output.mul_(1.5)",
                "contract",
                "your backward changed its grad_output from [5, 7] to [7.5, 10.5]",
            ),
            step(
                "huber",
                "residual.clamp(-ctx.delta, ctx.delta)",
                "residual",
                "huber",
                "at r = 5, delta = 2 with upstream 3 the gradient for the input is 15, expected 6",
            ),
            step(
                "focal",
                "ctx.gamma * torch.sigmoid(s) * F.logsigmoid(s) - torch.sigmoid(-s)",
                "-torch.sigmoid(-s)",
                "focal",
                "Jacobian mismatch",
            ),
        ],
    },
    "lab05_gradient_clipping": {
        "beginner": [
            Step("value", STUB, "value", "clip_by_value: bound every entry of every gradient"),
            step(
                "value",
                "p.grad.clamp_(-clip_value, clip_value)",
                "p.grad = p.grad.clamp(-clip_value, clip_value)",
                "value",
                "not in place: the tensor that was p.grad still holds [0.5, -3.0, 2.0]",
            ),
            step(
                "value",
                "if p.grad is not None:",
                "if True:",
                "value",
                "in the line: clip_by_value(iter([p, unused, q]), 1.0)",
            ),
            step(
                "norm",
                "if norm > max_norm:",
                "if norm > 0:",
                "norm",
                "(0.1, -0.2) is short enough but became",
            ),
            step(
                "global_norm",
                "g.mul_(factor)",
                "g.mul_(max_norm / torch.linalg.vector_norm(g))",
                "global_norm",
                "clipped to 1 became (1) and (1), expected (0.6) and (0.8)",
            ),
            step(
                "global_norm",
                "    return total_norm",
                "    return",
                "global_norm",
                "returned None; the norm before clipping is asked for",
            ),
            step(
                "global_norm",
                "if not gradients:",
                "if False:",
                "edge",
                "in the line: assert float(clip_by_global_norm(empty, 1.0)) == 0.0",
            ),
            step(
                "step",
                "    loss.backward()\n    norm = nn.utils.clip_grad_norm_(parameters, max_norm)\n",
                "    norm = nn.utils.clip_grad_norm_(parameters, max_norm)\n    loss.backward()\n",
                "step",
                "3 p + 4 q has gradients 3 and 4, norm 5; you return 0",
            ),
        ],
        "careless": [
            step(
                "value",
                "    return\n",
                "    raise NotImplementedError('clip_by_value: bound every entry')\n",
                "value",
                "delete the line `raise NotImplementedError(...)` below it",
            ),
            step(
                "norm",
                "            if norm > max_norm:\n                p.grad.mul_(max_norm / norm)",
                "            p.grad.mul_((max_norm / norm).clamp(max=1) * norm / norm)",
                "norm",
                "the zero gradient became [nan]",
            ),
            step(
                "global_norm",
                "torch.linalg.vector_norm(torch.stack(",
                "torch.sum(torch.stack(",
                "global_norm",
                "gradients (3) and (4): you return 7, expected their norm before clipping, 5",
            ),
            step(
                "global_norm",
                ".clamp(max=1.0)",
                "",
                "global_norm",
                "0.6 was short enough for max_norm = 10 but became",
            ),
            step(
                "global_norm",
                "if error_if_nonfinite and",
                "if False and",
                "edge",
                "but no RuntimeError came",
            ),
            step(
                "step",
                "    optimizer.zero_grad()\n",
                "",
                "step",
                "(p came with an old gradient of 100)",
            ),
            step(
                "sparse",
                "g.coalesce().values()",
                "g._values()",
                "sparse",
                "expected the norm 4",
            ),
        ],
    },
}


@cache
def lab_and_reference(name: str) -> tuple[Lab, dict[str, str]]:
    lab = labs.load(ROOT, name)
    return lab, solutions.reference(lab).cells


def written(lab: Lab, reference: dict[str, str], now: Step) -> dict[str, str]:
    """The answer cells as the student has them at this step."""
    texts = dict(reference)
    if now.edits is STUB:
        keys = list(lab.answers)
        below = keys[keys.index(now.cell) :]
        return texts | {key: lab.answers[key].source for key in below}
    for old, new in now.edits or ():
        assert old in texts[now.cell], f"the reference of {now.cell} has no longer: {old}"
        texts[now.cell] = texts[now.cell].replace(old, new)
    return texts


def run(lab: Lab, texts: dict[str, str]) -> dict[str, Any]:
    """What the cells define, as far as they run; as *Run all* does, go on where one stops."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in lab.cells:
        if cell.role in ("given", "answer"):
            try:
                exec(
                    texts.get(cell.key, cell.source) if cell.role == "answer" else cell.source,
                    namespace,
                )
            except Exception:  # noqa: BLE001 - whatever a student's text raises
                continue
    return namespace


STEPS = [
    pytest.param(name, now, id=f"{name}-{who}-{number}-{now.cell}-{now.test}")
    for name, journeys in JOURNEYS.items()
    for who, steps in journeys.items()
    for number, now in enumerate(steps, 1)
]


@pytest.mark.parametrize(("name", "now"), STEPS)
@pytest.mark.filterwarnings("ignore")
def test_a_message_helps(name: str, now: Step, tmp_path: Path) -> None:
    """The test that is next fails, and its message says what the table has."""
    lab, reference = lab_and_reference(name)
    texts = written(lab, reference, now)
    path = tmp_path / f"{name}.ipynb"
    path.write_bytes(solutions.filled(lab, Answer("now", texts)))
    report = selfcheck.check(str(path), run(lab, texts), only=now.test)
    ((test, _, outcome, why),) = report.rows
    assert test == now.test
    assert outcome in ("failed", "error", "not written"), why
    assert now.told in " ".join(why.split()), why
    assert not why.startswith("in the line:"), "an assertion without a message"


def test_each_lab_has_both_students_and_each_exercise_errs() -> None:
    """No exercise is passed over."""
    for name in labs.names(ROOT):
        lab, _ = lab_and_reference(name)
        assert set(JOURNEYS[name]) == {"beginner", "careless"}
        seen = {now.test for steps in JOURNEYS[name].values() for now in steps}
        for exercise in lab.exercises:
            if "cuda" not in exercise.tests:  # needs a device
                assert seen & set(exercise.tests), (name, exercise.title)
