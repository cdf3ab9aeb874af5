"""Plays Canvas for the tutorial: writes what it would let one download of the example class.

    python examples/class/download.py

`gradebook.csv` is what Grades, Export gives, `submissions.zip` what Download Submissions does, of
six students.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

LAB = "lab03_custom_relu"
HERE = Path(__file__).parent
CLASS = (
    ("Novak, Ada", 101, "ada"),
    ("Silva, Dora", 102, "dora"),
    ("Berg, Emil", 103, "emil"),
    ("Haddad, Fatima", 104, "fatima"),
    ("Rao, Priya", 105, "priya"),
    ("Lind, Rosa", 106, "rosa"),
    ("Okoye, Uche", 107, "uche"),  # has handed in nothing
)
TABLE = """Student,ID,SIS User ID,SIS Login ID,Section,Custom ReLU (9911)
    Points Possible,,,,,20
"""


def main(folder: Path) -> None:
    """Write both files into a folder."""
    rows = "".join(f'"{name}",{number},,{login},A,\n' for name, number, login in CLASS)
    (folder / "gradebook.csv").write_text(TABLE + rows, encoding="utf-8")
    with zipfile.ZipFile(folder / "submissions.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, number, login in CLASS:
            book = HERE / "submitted" / login / LAB / f"{LAB}.ipynb"
            if book.is_file():
                who = name.replace(", ", "").lower()
                archive.write(book, f"{who}_{number}_{5000 + number}_{book.name}")


if __name__ == "__main__":
    main(Path.cwd())
    print("gradebook.csv and submissions.zip are written")
