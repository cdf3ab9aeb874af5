"""Which layer of the sandbox stops what: every attack of the hostile class with a target, under
sets of layers.

    python benchmarks/ablation.py [--root] [--only NAME ...]

Prints a table in Markdown: one row an attack, one column a set of layers, `open` where the grader
saw it get through. The attacks run as an ordinary user (`--root`: as root, if you are root). The
column `none` is the positive control.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import hostile_class  # noqa: E402 - after the path is set
from hostile_class import ALL_LAYERS, Program  # noqa: E402

SETS: dict[str, set[str]] = {
    "none": set(),
    "limits": {"limits"},
    "landlock": {"landlock", "capabilities"},
    "namespaces": {"namespaces", "capabilities"},
    "seccomp": {"seccomp", "capabilities"},
    "strong": {"landlock", "seccomp", "limits", "capabilities", "uid"},
    "strong-ns": {"namespaces", "seccomp", "limits", "capabilities", "uid", "count"},
    "full": set(ALL_LAYERS),
}
# Without the sandbox these would end or change more than what was planted for them.
TOO_DANGEROUS = {"kill_everything", "new_mounts"}


def attacks() -> list[Program]:
    """The programs that are after something besides points, in the order of the threats."""
    aimed = [
        p
        for p in hostile_class.programs()
        if not p.reaches & {"points", "full-marks"} and p.name not in TOO_DANGEROUS
    ]
    return sorted(aimed, key=lambda p: (p.threat, p.name))


def main() -> None:
    """Run the class under each set and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", action="store_true", help="as root, if you are root")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these attacks alone")
    options = parser.parse_args()
    programs = [one for one in attacks() if not options.only or one.name in options.only]
    as_other = os.getuid() == 0 and not options.root
    user = "an ordinary user" if as_other or os.getuid() else "root"
    columns: dict[str, dict[str, bool]] = {}
    for name, on in SETS.items():
        print(f"{name} ...", file=sys.stderr)
        masked = sorted(set(ALL_LAYERS) - on)
        if as_other:
            outcomes = hostile_class.run_as_ordinary_user(
                masked, [program.name for program in programs], trusted=True
            )
        else:
            outcomes = hostile_class.run(masked, programs, trusted=True)
        columns[name] = {p.name: bool(set(outcomes[p.name].reached)) for p in programs}
    kernel = f"Linux {platform.release().partition('-')[0]}, {platform.machine()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {kernel}, as {user}, {len(programs)} attacks.\n")
    print(f"| threat | attack | {' | '.join(SETS)} |")
    print(f"|---|---|{'---|' * len(SETS)}")
    for program in programs:
        cells = ["open" if columns[name][program.name] else "" for name in SETS]
        print(f"| {program.threat} | {program.name.replace('_', ' ')} | {' | '.join(cells)} |")
    print(f"| | **open** | {' | '.join(f'**{sum(columns[name].values())}**' for name in SETS)} |")


if __name__ == "__main__":
    main()
