"""A release that lies on GitHub: the badges that open its notebooks on Colab."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from autograder.course import template
from autograder.course.labs import Lab
from autograder.errors import UsageError

_ADDRESS = re.compile(
    r"https://github\.com/(?P<owner>[\w.-]+)/(?P<repository>[\w.-]+)/tree/(?P<branch>[\w.-]+)"
    r"(?P<folder>(?:/[\w.-]+)*)/?"
)
_COLAB = "https://colab.research.google.com"


@dataclass(frozen=True)
class Published:
    """Where the folder that students receive can be read by everybody.

    Attributes:
        repository: `<owner>/<repository>` on GitHub.
        path: `<branch>/<folder>` in it, or `<branch>`.
    """

    repository: str
    path: str

    def colab(self, lab: Lab) -> str:
        """The address at which Colab opens a lab's notebook."""
        branch, _, folder = self.path.partition("/")
        inside = f"{folder}/" if folder else ""
        return (
            f"{_COLAB}/github/{self.repository}/blob/{branch}/{inside}{lab.name}/"
            f"{lab.notebook.name}"
        )

    def file(self, name: str) -> str:
        """The address of a file of the folder."""
        return f"https://raw.githubusercontent.com/{self.repository}/{self.path}/{name}"


def parse(address: str) -> Published:
    """What a course's setting names.

    Raises:
        UsageError: it is no address of a folder on GitHub, which Colab needs.
    """
    if not (found := _ADDRESS.fullmatch(address)):
        raise UsageError(
            f"`c.CourseRelease.address` is {address!r}; Colab opens notebooks from GitHub alone: "
            "it must be https://github.com/OWNER/REPOSITORY/tree/BRANCH or a folder below"
        )
    return Published(
        f"{found['owner']}/{found['repository']}", f"{found['branch']}{found['folder']}"
    )


def with_badge(book: bytes, lab: Lab, at: Published, wheel: str) -> bytes:
    """A lab's notebook with a badge on top, whose cell for help takes the wheel from there.

    Args:
        book: the notebook.
        lab: its lab.
        at: where the release is published.
        wheel: the name of the students' side's file in it.
    """
    content = json.loads(book)
    badge = f"[![Open in Colab]({_COLAB}/assets/colab-badge.svg)]({at.colab(lab)})"
    content["cells"].insert(
        0, {"cell_type": "markdown", "id": "colab", "metadata": {}, "source": [badge]}
    )
    for cell in content["cells"]:
        if cell["id"] == f"demo-{template.HELP}":
            text = "".join(cell["source"])
            there = template.NO_ADDRESS.replace('""', f'"{at.file(wheel)}"')
            cell["source"] = text.replace(template.NO_ADDRESS, there).splitlines(keepends=True)
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
