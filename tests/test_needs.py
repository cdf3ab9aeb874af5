"""What a right answer may need works inside the sandbox, at every level."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hostile_class import LEVELS

from autograder.messages import Call
from autograder.model import Limits
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.zygote import ZygoteHandle

pytestmark = pytest.mark.slow  # a zygote for each level

# A cell, and how what it prints begins.
CELLS = {
    "temporary files": (
        "import tempfile, os\n"
        "with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as folder:\n"
        "    file.write(b'x')\n"
        "    print(os.listdir(folder), tempfile.gettempdir() == os.environ['HOME'] == os.getcwd())",
        "[] True",
    ),
    "torch.compile": (
        "import torch\n"
        "@torch.compile(backend='eager')\n"
        "def f(x):\n    return torch.where(x > 0, x, 0.0).sum()\n"
        "x = torch.tensor([-1.0, 2.0], requires_grad=True)\nf(x).backward()\nprint(x.grad)",
        "tensor([0., 1.])",
    ),
    "await": ("import asyncio\nawait asyncio.sleep(0.01)\nprint('slept')", "slept"),
    "async for": (
        "async def count():\n    yield 1\nasync for number in count():\n    print(number)",
        "1",
    ),
    "tasks and threads of asyncio": (
        "import asyncio\nasync def f(n):\n    await asyncio.sleep(0.01)\n    return n\n"
        "print(await asyncio.gather(f(1), f(2)), await asyncio.to_thread(lambda: 3))",
        "[1, 2] 3",
    ),
    "asyncio.run": ("async def f():\n    return 4\nprint(asyncio.run(f()))", "4"),
    "threads": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(16) as pool:\n    print(sum(pool.map(abs, range(64))))",
        "2016",
    ),
    "threads of PyTorch": (
        "torch.set_num_threads(2)\nprint(int((torch.ones(600, 600) @ torch.ones(600, 2)).sum()))",
        "720000",
    ),
    "figures": (
        "import matplotlib.pyplot as plt\nplt.style.use('ggplot')\nplt.title('Ä $x^2$')\n"
        "plt.savefig('figure.png')\nprint(os.path.getsize('figure.png') > 1000)",
        "True",
    ),
    "time zones": (
        "import datetime, zoneinfo\n"
        "print(datetime.datetime(2024, 1, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')))",
        "2024-01-01 00:00:00+01:00",
    ),
    "the platform": (
        "import platform\nprint(platform.python_implementation(), platform.libc_ver())",
        "CPython ('",
    ),
    "a user's name": ("import getpass\nprint(getpass.getuser())", "student"),
    "saved tensors": (
        "torch.save(torch.ones(2), 'm.pt')\nprint(torch.load('m.pt'))",
        "tensor([1., 1.])",
    ),
    "TorchScript": ("print(torch.jit.script(torch.nn.ReLU())(torch.ones(1)))", "tensor([1.])"),
    "fifty open files": (
        "files = [open('/dev/null') for _ in range(50)]\nprint(len(files))\n"
        "for file in files: file.close()",
        "50",
    ),
    "packages that were not warm": (
        "import IPython.lib.pretty, unittest.mock, sqlite3\nprint('there')",
        "there",
    ),
}


@pytest.fixture(scope="module", params=LEVELS)
def anywhere(request: pytest.FixtureRequest) -> Iterator[StudentProcess]:
    """A student's process at each level, in which the cells run one after another."""
    limits = Limits(cell_seconds=60, cpu_seconds=120, wall_seconds=300)
    with ZygoteHandle(1, LEVELS[request.param]) as started:
        assert started.wait().level == request.param
        with StudentProcess(started.controls[0], limits) as process:
            process.request(Call.CELL, "import os, torch, asyncio")
            yield process


@pytest.mark.parametrize("what", CELLS)
def test_what_a_right_answer_needs_works(anywhere: StudentProcess, what: str) -> None:
    """Temporary files, `await`, threads, figures, compiled functions and the like."""
    source, begins = CELLS[what]
    ran = anywhere.request(Call.CELL, source, seconds=60)

    assert ran["error"] is None
    assert ran["text"].startswith(begins)
