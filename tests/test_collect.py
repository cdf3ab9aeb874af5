"""Downloads of Canvas and Moodle, honest and hostile, into `submitted/`."""

from __future__ import annotations

import json
import os
import stat
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from courses import LAB, ROOT, make_course

from autograder.commands import collect as collecting
from autograder.commands.collect import Collected
from autograder.course import collected, roster_tables
from autograder.course import roster as rosters
from autograder.course.roster import Roster
from autograder.errors import UsageError
from autograder.integrations.lms import archives
from autograder.integrations.lms.downloads import Named, piece

BOOK = (ROOT / "labs" / LAB / f"{LAB}.ipynb").read_bytes()
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section
"Baker, Alice",101,,abaker,A
"Cohen, Ben",102,,bcohen,A
"Smith, John",106,,jsmith,A
"Smith, John",111,,john2,A
"Díaz, Carla",,,cdiaz,A
"""
EARLY, LATER = (2026, 11, 20, 12, 0, 0), (2026, 11, 27, 12, 0, 0)


def book(answer: str) -> bytes:
    """A notebook that differs from others."""
    made = json.loads(BOOK)
    made["cells"][0]["source"] = answer
    return json.dumps(made).encode()


def make_zip(path: Path, content: Mapping[str, bytes], when: tuple[int, ...] = EARLY) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in content.items():
            info = zipfile.ZipInfo(name, when)  # type: ignore[arg-type]
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, raw)
    return path


@pytest.fixture
def course(tmp_path: Path) -> Path:
    place = make_course(tmp_path / "course", ["ada"])
    people, _ = roster_tables.parsed(ROSTER)
    rosters.write(place, roster_tables.merged(Roster(), people)[0])
    return place


def collect(place: Path, download: Path, **more: object) -> Collected:
    return collecting.collect(place, download, place / "submitted", **more)  # type: ignore[arg-type]


def handed_in(place: Path, student: str, lab: str = LAB) -> bytes:
    return (place / "submitted" / student / lab / f"{lab}.ipynb").read_bytes()


def students(place: Path) -> list[str]:
    return sorted(path.name for path in (place / "submitted").iterdir() if path.name != "ada")


@pytest.mark.parametrize(
    ("path", "named", "file", "late", "typed"),
    [
        (
            "bakeralice_101_5001_a_1.ipynb",
            ("canvas", "bakeralice", "101"),
            "a_1.ipynb",
            False,
            False,
        ),
        ("bo_LATE_7_9_x.ipynb", ("canvas", "bo", "7"), "x.ipynb", True, False),
        ("sub/bo_7_9_x.ipynb", ("canvas", "bo", "7"), "x.ipynb", False, False),
        ("LATE_anon_xY1_9_x.ipynb", ("canvas", "anon", "xY1"), "x.ipynb", True, False),
        ("bo_7_text.html", ("canvas", "bo", "7"), "bo_7_text.html", False, True),
        (
            "Bo Li_5_assignsubmission_file_/d/x.ipynb",
            ("moodle", "Bo Li", "5"),
            "x.ipynb",
            False,
            False,
        ),
        (
            "Bo Li_5_assignsubmission_file/x.ipynb",
            ("moodle", "Bo Li", "5"),
            "x.ipynb",
            False,
            False,
        ),
        (
            "Bo Li_5_assignsubmission_file_x_2.ipynb",
            ("moodle", "Bo Li", "5"),
            "x_2.ipynb",
            False,
            False,
        ),
        (
            "Teilnehmerin_5_assignsubmission_onlinetext_/t.html",
            ("moodle", "Teilnehmerin", "5"),
            "t.html",
            False,
            True,
        ),
    ],
)
def test_names(path: str, named: tuple[str, str, str], file: str, late: bool, typed: bool) -> None:
    found = piece(tuple(path.split("/")))
    assert found is not None
    assert (found.named, found.file) == (Named(*named), file)
    assert (found.late, found.typed) == (late, typed)


def test_names_of_neither_system() -> None:
    assert piece(("notes", "readme.txt")) is None


def test_canvas(course: Path, tmp_path: Path) -> None:
    """Two of one name stay two, the newest attempt counts, and every file is accounted for."""
    content = {
        f"bakeralice_101_5001_{LAB}.ipynb": book("a"),
        f"cohenben_LATE_102_5002_{LAB}.ipynb": book("b1"),
        f"cohenben_LATE_102_5009_{LAB}-1.ipynb": book("b2"),
        f"smithjohn_106_5003_{LAB}.ipynb": book("j1"),
        f"smithjohn_111_5004_{LAB}.ipynb": book("j2"),
        "díazcarla_103_5010_final (1).ipynb": book("c"),
        "stranger_900_5011_data.csv": b"1,2",
        "stranger_900_text.html": b"hello",
        f"__MACOSX/._bakeralice_101_5001_{LAB}.ipynb": b"\0\5\26\7",
        ".DS_Store": b"x",
        "readme.txt": b"x",
    }
    done = collect(course, make_zip(tmp_path / "c.zip", content))
    assert students(course) == ["abaker", "bcohen", "cdiaz", "john2", "jsmith"]
    assert handed_in(course, "bcohen") == book("b2")
    assert (handed_in(course, "jsmith"), handed_in(course, "john2")) == (book("j1"), book("j2"))
    assert done.clutter == 2
    assert done.untimed == ("bcohen",)
    assert {left.file: left.why.split(":")[0] for left in done.left} == {
        f"cohenben_LATE_102_5002_{LAB}.ipynb": "an earlier attempt of `bcohen`",
        "stranger_900_5011_data.csv": "it is no notebook",
        "stranger_900_text.html": "it is text typed into Canvas, or a link; no file",
        "readme.txt": "it is not named as Canvas and Moodle name downloads",
    }
    assert collected.read(course)["bcohen", LAB].attachment == 5009


def test_moodle_zipped_on_a_mac(course: Path, tmp_path: Path) -> None:
    """Decomposed names, a folder deeper, a name that nobody has, an unpacked folder."""
    carla = unicodedata.normalize("NFD", "Carla Díaz_13_assignsubmission_file_")
    download = tmp_path / "moodle"
    for folder, raw in [
        (carla, book("c")),
        ("Ben Cohen_12_assignsubmission_file/deeper", book("b")),
        ("Jürgen Müller_19_assignsubmission_file", book("m")),
    ]:
        (download / folder).mkdir(parents=True)
        (download / folder / f"{LAB}.ipynb").write_bytes(raw)
    done = collect(course, download)
    assert students(course) == ["Jürgen Müller_19", "bcohen", "cdiaz"]
    assert done.strangers == ("Jürgen Müller_19",)
    assert collected.read(course)["cdiaz", LAB].number == "13"


def test_two_of_one_name_are_nobody_on_the_roster(course: Path, tmp_path: Path) -> None:
    """Where the download has two Ben Cohens and the roster one, neither is taken for him."""
    names = [f"Ben Cohen_{n}_assignsubmission_file/{LAB}.ipynb" for n in (12, 14)]
    collect(course, make_zip(tmp_path / "m.zip", {names[0]: book("1"), names[1]: book("2")}))
    assert students(course) == ["Ben Cohen_12", "Ben Cohen_14"]


def test_utf_8_that_does_not_say_so(course: Path, tmp_path: Path) -> None:
    """As the Mac's Finder zips: the flag for UTF-8 is not set."""
    name = f"Carla Díaz_13_assignsubmission_file/{LAB}.ipynb"
    path = make_zip(tmp_path / "m.zip", {name: BOOK})
    raw = bytearray(path.read_bytes())
    raw[7] &= ~0x08
    raw[raw.index(b"PK\x01\x02") + 9] &= ~0x08
    path.write_bytes(raw)
    collect(course, path)
    assert students(course) == ["cdiaz"]


SHEET = """ID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;Bewertung kann geändert werden;\
Zuletzt geändert (Abgabe);Zuletzt geändert (Bewertung);Feedback als Kommentar
Teilnehmer/in12;Ben C.;bcohen;Abgegeben;;20,00;Ja;Freitag, 20. November 2026, 12:30;-;
Teilnehmer/in13;C. D.;c@x;Abgegeben;;20,00;Ja;-;-;
"""


def test_a_worksheet_tells_times_and_people(course: Path, tmp_path: Path) -> None:
    """By the clock of the course; addresses tell who is who where names do not."""
    with open(course / "nbgrader_config.py", "a") as config:
        config.write('\nc.LatePenalty.timezone = "Europe/Berlin"\n')
    (tmp_path / "sheet.csv").write_text(SHEET.replace("bcohen;", "BCOHEN@uni.edu;"))
    people, _ = roster_tables.parsed("id,email\nbcohen,bcohen@uni.edu\n")
    rosters.write(course, roster_tables.merged(rosters.read(course), people)[0])
    name = f"Some One_12_assignsubmission_file/{LAB}.ipynb"
    download = make_zip(tmp_path / "m.zip", {name: BOOK})
    collect(course, download, sheet=tmp_path / "sheet.csv")
    stamp = course / "submitted" / "bcohen" / LAB / "timestamp.txt"
    assert stamp.read_text() == "2026-11-20 11:30:00 UTC\n"


def test_newer_work_is_never_overwritten(course: Path, tmp_path: Path) -> None:
    """A later attempt takes the place of an earlier one, which is kept; nothing else does."""
    first, second = (f"bakeralice_101_{n}_{LAB}.ipynb" for n in (5001, 5005))
    old = make_zip(tmp_path / "1.zip", {first: book("1")})
    new = make_zip(tmp_path / "2.zip", {second: book("2")}, LATER)
    assert [one.how for one in collect(course, old).taken] == ["new"]
    (course / "submitted" / "abaker" / LAB / "timestamp.txt").write_text("2026-11-20 12:00 UTC")
    (taken,) = collect(course, new).taken
    assert (taken.how, handed_in(course, "abaker")) == ("replaced", book("2"))
    assert taken.kept is not None
    assert (taken.kept / f"{LAB}.ipynb").read_bytes() == book("1")
    assert not (course / "submitted" / "abaker" / LAB / "timestamp.txt").exists()
    assert [one.how for one in collect(course, new).taken] == ["unchanged"]

    (left,) = collect(course, old).left
    assert "as new or newer" in left.why
    assert handed_in(course, "abaker") == book("2")

    (course / "submitted" / "abaker" / LAB / f"{LAB}.ipynb").write_bytes(book("by hand"))
    third = make_zip(tmp_path / "3.zip", {f"bakeralice_101_5009_{LAB}.ipynb": book("3")}, LATER)
    (left,) = collect(course, third).left
    assert "has been changed since; --overwrite" in left.why
    assert handed_in(course, "abaker") == book("by hand")
    (taken,) = collect(course, third, overwrite=True).taken
    assert (taken.kept is not None, handed_in(course, "abaker")) == (True, book("3"))


def test_moodle_goes_by_the_download(course: Path, tmp_path: Path) -> None:
    name = f"Ben Cohen_12_assignsubmission_file/{LAB}.ipynb"
    old = make_zip(tmp_path / "1.zip", {name: book("1")})
    collect(course, make_zip(tmp_path / "2.zip", {name: book("2")}, LATER))
    assert "as new or newer" in collect(course, old).left[0].why
    assert handed_in(course, "bcohen") == book("2")


def test_nothing_is_written_outside(course: Path, tmp_path: Path) -> None:
    """Paths that climb, roots, drives and links, in the zip and in `submitted/`."""
    names = [
        f"../../bakeralice_101_1_{LAB}.ipynb",
        f"/etc/cohenben_102_2_{LAB}.ipynb",
        f"C:\\smithjohn_106_3_{LAB}.ipynb",
        f"x\\..\\..\\smithjohn_111_4_{LAB}.ipynb",
        "x_900_5_../../../evil.ipynb",
    ]
    before = sorted(path for path in tmp_path.rglob("*") if path.name != "z.zip")
    done = collect(course, make_zip(tmp_path / "z.zip", dict.fromkeys(names, BOOK)))
    assert done.taken == ()
    assert {left.why for left in done.left} == {"its path leads out of the download"}
    assert before == sorted(path for path in tmp_path.rglob("*") if path.name != "z.zip")

    outside = tmp_path / "outside"
    outside.mkdir()
    (course / "submitted" / "abaker").symlink_to(outside)
    good = make_zip(tmp_path / "g.zip", {f"bakeralice_101_1_{LAB}.ipynb": BOOK})
    assert "is a link" in collect(course, good).left[0].why
    assert list(outside.iterdir()) == []


def test_links_and_bombs_are_refused_by_name(course: Path, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "b.zip", {f"bakeralice_101_1_{LAB}.ipynb": bytes(32 << 20)})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo(f"cohenben_102_2_{LAB}.ipynb", EARLY)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr(f"smithjohn_106_3_{LAB}.ipynb", BOOK)
    done = collect(course, path)
    assert [one.student for one in done.taken] == ["jsmith"]
    why = {left.file.partition("_")[0]: left.why for left in done.left}
    assert "as a zip bomb does" in why["bakeralice"]
    assert why["cohenben"] == "it is a link"


def test_more_than_any_class_hands_in_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_TOTAL", 1000)
    path = make_zip(tmp_path / "big.zip", {"a_1_2_x.ipynb": os.urandom(2000)})
    with pytest.raises(UsageError, match=r"big\.zip` holds 1 files"), archives.opened(path):
        pass


def test_damaged_files_are_left(course: Path, tmp_path: Path) -> None:
    path = make_zip(
        tmp_path / "d.zip",
        {f"bakeralice_101_1_{LAB}.ipynb": os.urandom(9000), f"cohenben_102_2_{LAB}.ipynb": BOOK},
    )
    raw = bytearray(path.read_bytes())
    raw[200:300] = bytes(100)
    path.write_bytes(raw)
    done = collect(course, path)
    assert [one.student for one in done.taken] == ["bcohen"]
    assert "damaged" in done.left[0].why
    (tmp_path / "no.zip").write_bytes(b"no zip")
    with pytest.raises(UsageError, match="neither a folder nor a zip"):
        collect(course, tmp_path / "no.zip")


def test_zips_within_and_several_notebooks(course: Path, tmp_path: Path) -> None:
    """A zip that a student handed in is opened; where several notebooks lie there the grader
    chooses.
    """
    within = make_zip(tmp_path / "in.zip", {f"w/{LAB}.ipynb": book("z"), "../up.ipynb": BOOK})
    content = {
        "bakeralice_101_1_work.zip": within.read_bytes(),
        f"cohenben_102_2_{LAB}.ipynb": book("1"),
        "cohenben_102_3_scratch.ipynb": book("2"),
    }
    done = collect(course, make_zip(tmp_path / "c.zip", content))
    assert handed_in(course, "abaker") == book("z")
    names = sorted(path.name for path in (course / "submitted" / "bcohen" / LAB).iterdir())
    assert names == [f"{LAB}.ipynb", "scratch.ipynb"]
    assert [left.why for left in done.left] == ["its path leads out of the download"]


def test_a_notebook_of_no_lab_is_asked_about(course: Path, tmp_path: Path) -> None:
    empty = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    path = make_zip(tmp_path / "c.zip", {"bakeralice_101_1_work.ipynb": empty})
    assert "which lab is it of?" in collect(course, path).left[0].why
    assert [one.lab for one in collect(course, path, lab=LAB).taken] == [LAB]


def test_a_group_hands_in_once(course: Path, tmp_path: Path) -> None:
    """Moodle names such a hand-in for the group, older ones for group and person."""
    people, _ = roster_tables.parsed("id,group\nabaker,Team 1\nbcohen,Team 1\n")
    rosters.write(course, roster_tables.merged(rosters.read(course), people)[0])
    name = f"Team 1_77_assignsubmission_file/{LAB}.ipynb"
    assert [
        one.student for one in collect(course, make_zip(tmp_path / "1.zip", {name: BOOK})).taken
    ] == ["abaker"]
    name = f"Team 1-Ben Cohen_12_assignsubmission_file_/{LAB}.ipynb"
    assert [
        one.student for one in collect(course, make_zip(tmp_path / "2.zip", {name: BOOK})).taken
    ] == ["bcohen"]
