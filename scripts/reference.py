"""Write what the reference takes from the program: its commands, and the settings of a course.

python scripts/reference.py
"""

from __future__ import annotations

import inspect
import re
from dataclasses import Field, fields
from enum import Enum
from pathlib import Path
from typing import Any

import typer
from traitlets import Dict
from traitlets.config import Configurable

from autograder.cli.exits import Exit
from autograder.cli.main import app
from autograder.integrations.nbgrader.plugins import JudgeSubmission, LatePenalty
from autograder.model import Feedback, Limits

PLACE = Path(__file__).parent.parent / "docs" / "reference"
MADE = "<!-- Made by `python scripts/reference.py`; never edited by hand. -->\n"
COMMANDS = f"""{MADE}
# Commands

They are in `.venv/bin`: `source .venv/bin/activate` puts them on the path.
`autograder COMMAND --help` says the same as this page.
All take the folder that they are started in for the course, or the nearest one above that holds
`labs/`.

| exit status | of `grade` | of `check` | of the others |
|---|---|---|---|
| {Exit.DONE} | everything got its score | full marks | done; `verify`: proven |
| {Exit.LESS} | a fault of the grader; with `--compare`, a change | less | `verify`: findings |
| {Exit.USAGE} | wrong usage: the message says what to do | the same | the same |
| {Exit.NO_SCORE} | | no score | a fault of the grader |
| {Exit.NEEDS_EYE} | a submission has no score and needs your eye | | |
"""
SETTINGS = f"""{MADE}
# Settings

## Of a course

They stand in `nbgrader_config.py`, in the course's folder; any of nbgrader's own may stand beside
them. [A course with Canvas or Moodle](../course.md) and [nbgrader](../nbgrader.md) show them at
work.

| setting | default | means |
|---|---|---|
"""
RELEASE = """\
| `c.CourseRelease.address` | `''` | Where on GitHub the folder that `make release` writes is \
published, if it is: notebooks then have a badge that opens them on Colab. |
"""
LABS = f"""
## Of a lab

They stand in the header of the lab's source, `solutions/<lab>/<lab>.py`, below `autograder:`;
`make labs` takes them into the notebook.
[Contributing](../../CONTRIBUTING.md#add-a-lab) shows a whole header.

| setting | means |
|---|---|
| `title` | what reports and the course's page call it |
| `order` | its place in the course |
| `difficulty` | `easy`, `medium` or `hard` |
| `minutes` | how long it takes, without extra credit |
| `summary` | what is learned, in a sentence |
| `needs` | what a student should know |
| `feedback` | how much a student is shown: {", ".join(f"`{one}`" for one in Feedback)} |
| `exercises` | a list: `goal`, `tests`, `minutes`, `difficulty` of each |
| `limits` | what a submission may use, as `{{call_seconds: 5}}` |

`full` shows all; `hint`, which holds where nothing is said, shows verdicts, messages and hints, but
no hidden input and no expected value; `verdict` shows verdicts alone.

### Limits

Seconds are those that the student's process ran or idled by its own will; time in which it waited
for a busy machine does not count.

| limit | default | of what |
|---|---|---|
"""


def commands() -> str:
    """The page of the commands."""
    root = typer.main.get_command(app)
    return COMMANDS + "".join(_command(one, name) for name, one in _verbs(root, "autograder"))


def settings() -> str:
    """The page of the course's settings and of a lab's limits."""
    rows = [line for one in (JudgeSubmission, LatePenalty) for line in _traits(one)]
    about = dict(re.findall(r"^ {4,8}(\w+): (.+)$", inspect.getdoc(Limits) or "", re.MULTILINE))
    limits = [
        f"| `{one.name}` | {_number(one)} | {about[one.name].rstrip('.')} |"
        for one in fields(Limits)
    ]
    return SETTINGS + "\n".join(rows) + "\n" + RELEASE + LABS + "\n".join(limits) + "\n"


def _verbs(group: Any, path: str) -> list[tuple[str, Any]]:
    found = []
    for name, one in group.commands.items():
        inner = getattr(one, "commands", None)
        found += _verbs(one, f"{path} {name}") if inner else [(f"{path} {name}", one)]
    return found


def _command(one: Any, name: str) -> str:
    params = [param for param in one.params if param.name != "help"]
    usage = " ".join([name, *map(_usage, params)])
    rows = "\n".join(_parameter(param) for param in params)
    table = f"\n| | |\n|---|---|\n{rows}\n" if params else ""
    return f"\n## {name}\n\n{inspect.cleandoc(one.help or '')}\n\n`{usage}`\n{table}"


def _usage(param: Any) -> str:
    """As it stands in a command; texts are made here, since Typer's differ by its version."""
    value = param.name.upper().removesuffix("_FOLDER").removesuffix("_COLUMN")
    if param.param_type_name == "argument":
        word = value + ("..." if param.nargs == -1 else "")
    else:
        word = param.opts[0] + ("" if param.is_flag else f" {value}")
    return word if param.required else f"[{word}]"


def _parameter(param: Any) -> str:
    name = _usage(param).strip("[]")
    names = [f"`{name}`", *(f"`{word}`" for word in param.secondary_opts)]
    told, default = " ".join((param.help or "").split()), param.default
    if not callable(default) and default not in (None, False, True, (), []):
        told += f" Default: `{getattr(default, 'value', default)}`."
    kind = getattr(getattr(param, "type_descriptor", None), "annotation", None)
    if isinstance(kind, type) and issubclass(kind, Enum):
        told += f" One of {', '.join(f'`{one.value}`' for one in kind)}."
    if param.envvar:
        told += f" `{param.envvar}` says it as well."
    return f"| {', '.join(names)} | {_cell(told)} |"


def _traits(owner: type[Configurable]) -> list[str]:
    own = {name: one for name, one in owner.class_own_traits(config=True).items() if one.help}
    return [
        f"| `c.{owner.__name__}.{name}` | `{_default(one)!r}` | {_cell(one.help)} |"
        for name, one in own.items()
    ]


def _default(trait: Any) -> Any:
    return {} if isinstance(trait, Dict) else trait.default_value


def _number(one: Field[Any]) -> str:
    value = one.default
    return f"{value >> 20} MiB" if isinstance(value, int) else f"{value:g} s"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")


if __name__ == "__main__":
    (PLACE / "commands.md").write_text(commands(), encoding="utf-8")
    (PLACE / "settings.md").write_text(settings(), encoding="utf-8")
