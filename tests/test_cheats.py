"""What is tried for points without the work gains nothing, and harms nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from answers import RIGHT, ZEROS

from autograder.model import Audience, Judgement, Verdict

pytestmark = pytest.mark.slow  # limits that are met

PATCH_EVERYTHING = """
import builtins, gc, sys
always = lambda *a, **k: True
torch.allclose = torch.equal = torch.isclose = always
torch.autograd.gradcheck = torch.testing.assert_close = always
torch.Tensor.__eq__ = torch.Tensor.__ne__ = always
torch.autograd.gradcheck = always
sys.modules["pytest"] = sys.modules["autograder.checking.compare"] = sys
builtins.isinstance = builtins.isinstance
"""


def verdicts(judgement: Judgement) -> set[Verdict]:
    return {check.verdict for check in judgement.checks if check.max_points}


def test_patching_comparisons_gains_nothing(
    judge_answers: Callable[..., dict[str, Judgement]],
) -> None:
    """Comparisons that always say yes change no verdict: what compares runs elsewhere."""
    judged = judge_answers(patched=PATCH_EVERYTHING + ZEROS, plain=ZEROS, control=RIGHT)

    assert judged["control"].score == 20.0
    assert judged["plain"].score == judged["patched"].score
    assert judged["patched"].score == 0.0


def test_ends_of_the_process_have_their_verdicts(
    judge_answers: Callable[..., dict[str, Judgement]],
) -> None:
    """A loop, a crash, an exit with status 0 and a closed pipe each get their own verdict; the
    neighbor keeps full marks.
    """
    closes = "import os, time\nos.closerange(3, 64)\ntime.sleep(1)\n"
    judged = judge_answers(
        loop=RIGHT + "while True:\n    pass\n",
        idle=RIGHT + "import time\ntime.sleep(60)\n",
        crash=RIGHT + "import ctypes\nctypes.string_at(0)\n",
        exits=RIGHT + "import os\nos._exit(0)\n",
        closes=RIGHT + closes,
        floods=RIGHT + "while True:\n    print('x' * 100000)\n",
        eats=RIGHT + "held = []\nwhile True:\n    held.append(bytearray(1 << 26))\n",
        control=RIGHT,
    )

    assert judged.pop("control").score == 20.0
    assert {"eats": 20.0} | {name: 0.0 for name in judged if name != "eats"} == {
        name: j.score for name, j in judged.items()
    }
    assert {Verdict.WALL_LIMIT} == verdicts(judged["loop"]) == verdicts(judged["idle"])
    assert (
        {Verdict.CRASHED}
        == verdicts(judged["crash"])
        == verdicts(judged["exits"])
        == verdicts(judged["closes"])
    )
    assert {Verdict.OUTPUT_LIMIT} == verdicts(judged["floods"])


def test_memory_in_a_call_is_memory_limit(
    judge_answers: Callable[..., dict[str, Judgement]],
) -> None:
    """A function that asks for more memory than it may use is told so."""
    judged = judge_answers(eats="def custom_relu(x):\n    return torch.ones(1 << 40)\n")

    assert {Verdict.MEMORY_LIMIT} == verdicts(judged["eats"])


def test_processor_time_is_counted_over_all_calls(
    judge_answers: Callable[..., dict[str, Judgement]],
) -> None:
    """Calls that each stay under their deadline may use up the submission's processor time."""
    slow = (
        "import time\ndef spin():\n    end = time.process_time() + 1.2\n    while "
        "time.process_time() < end:\n        pass\n"
    )
    judged = judge_answers(
        slow=slow + RIGHT.replace("        ctx.save", "        spin()\n        ctx.save")
    )

    assert {Verdict.CPU_LIMIT, Verdict.WALL_LIMIT} & verdicts(judged["slow"])


def test_replies_that_nobody_asked_for_are_protocol(
    judge_answers: Callable[..., dict[str, Judgement]],
) -> None:
    """Bytes written to the grader's pipe end the submission with `protocol`, whenever they are
    written.
    """
    find = (
        "import os\npipes = []\nfor fd in range(3, 64):\n    try:\n        "
        "os.write(fd, b'')\n        pipes.append(fd)\n"
        "    except OSError:\n        pass\n"
    )
    now = find + "for fd in pipes:\n    os.write(fd, b'AGL1' + bytes(20))\n"
    later = find + RIGHT.replace(
        "        return grad_output",
        "        [os.write(fd, b'x' * 24) for fd in pipes]\n        return grad_output",
    )
    judged = judge_answers(now=now + RIGHT, later=later)

    assert {Verdict.PROTOCOL} == verdicts(judged["now"])
    assert Verdict.PROTOCOL in verdicts(judged["later"])
    assert judged["later"].score <= 3.0


def test_pytorchs_own_relu_closes_the_gate(
    judge_answers: Callable[..., dict[str, Judgement]],
) -> None:
    """F.relu under any name earns nothing; used in a cell of one's own it takes nothing."""
    wrap = RIGHT.replace("return input.clamp(min=0)", "return {}")
    judged = judge_answers(
        functional="def custom_relu(x):\n    return F.relu(x)\n",
        aliased=wrap.format(
            "getattr(torch._C._nn, 'relu6', None) and getattr(torch, 're' + 'lu')(input)"
        ),
        module=wrap.format("torch.nn.ReLU()(input)"),
        threshold=wrap.format("F.threshold(input, 0.0, 0.0)"),
        method=wrap.format("input.relu()"),
        leaky=wrap.format("F.leaky_relu(input, 0.0)"),
        operator=wrap.format("torch.ops.aten.relu.default(input)"),
        gradient=RIGHT.replace(
            "grad_output * (input > 0)", "torch.ops.aten.threshold_backward(grad_output, input, 0)"
        ),
        own_tests=RIGHT
        + "\nassert torch.equal(F.relu(torch.ones(3)), custom_relu(torch.ones(3)))\n",
    )

    assert judged.pop("own_tests").score == 20.0
    for name, judgement in judged.items():
        gate = next(check for check in judgement.checks if check.gate)
        assert (judgement.score, gate.verdict) == (0.0, Verdict.WRONG), name
        assert any(note.audience == Audience.INSTRUCTOR for note in judgement.notes), name


def test_memorized_and_counted_answers_fail(
    judge_answers: Callable[..., dict[str, Judgement]],
) -> None:
    """Right only for the worked example, or only at the first call, is not right."""
    table = "TABLE = {(-2.0, -1.0, 0.0, 1.0, 2.0): torch.tensor([0.0, 0.0, 0.0, 1.0, 2.0])}\n"
    lookup = (
        table + "def custom_relu(x):\n    return TABLE.get(tuple(x.flatten().tolist()), x * 1)\n"
    )
    counted = "count = 0\n" + RIGHT.replace(
        "    return ReLUFunction.apply(input)",
        "    global count\n    count += 1\n    return ReLUFunction.apply(input) "
        "if count % 3 else input * 1",
    )
    judged = judge_answers(lookup=lookup, counted=counted)

    assert judged["lookup"].score == 0.0
    assert judged["counted"].score < 12.0
