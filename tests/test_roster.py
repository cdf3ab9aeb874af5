"""Rosters as Canvas, Moodle, nbgrader and spreadsheets write them, and who is who."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from autograder.commands.groups import sharing
from autograder.course import roster as rosters
from autograder.course import roster_tables, tables
from autograder.course.roster import Person, Roster
from autograder.errors import UsageError

OWN = """id,first_name,last_name,email
abaker,Alice,Baker,abaker@uni.edu
cdiaz,Carla,Díaz,cdiaz@uni.edu
jsmith,John,"Smith, Jr.",jsmith@uni.edu
knørgaard,Kim,Nørgaard,knoergaard@uni.edu
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Custom ReLU (9911)
,,,,,Manual Posting
    Points Possible,,,,,20
"Baker, Alice",101,U101,abaker,"Sec A and Sec B",
"Díaz, Carla",103,U103,CDIAZ,Sec A,
"Smith, Jr., John",106,U106,jsmith@uni.edu,Sec B,
"Nørgaard, Kim",107,U107,knorgaard,Sec B,
"Student, Test",999,,7c2a0e5f,Sec A,
"""
MOODLE = """\ufeffVorname;Nachname;ID-Nummer;E-Mail-Adresse;Gruppen
Alice;Baker;4711;ABaker@uni.edu;Team 1
Carla;Díaz;4712;cdiaz@uni.edu;Team 1
Neu;Dazu;4713;neu@uni.edu;
"""
WORKSHEET = """ID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;Bewertung kann geändert \
werden;Zuletzt geändert (Abgabe);Zuletzt geändert (Bewertung);Feedback als Kommentar
Teilnehmer/in11;Alice Baker;abaker@uni.edu;Zur Bewertung abgegeben;;20,00;Ja;Freitag;-;
"""


def taken_in(*texts: str, prune: bool = False) -> tuple[Roster, list[str]]:
    roster, findings = Roster(), []
    for text in texts:
        people, said = roster_tables.parsed(text)
        roster, more = roster_tables.merged(roster, people, prune=prune)
        findings = [*said, *more]
    return roster, findings


def test_ones_own_table() -> None:
    roster, findings = taken_in(OWN)
    assert list(roster.people) == ["abaker", "cdiaz", "jsmith", "knørgaard"]
    assert roster.people["jsmith"].name == "John Smith, Jr."
    assert findings == []


def test_canvas_adds_what_only_it_knows() -> None:
    """Its numbers go to those whom it knows by login, address or, where only one has it, name."""
    roster, findings = taken_in(OWN, CANVAS)
    assert {one.student: one.canvas_id for one in roster.people.values()} == {
        "abaker": "101",
        "cdiaz": "103",
        "jsmith": "106",
        "knørgaard": "107",
    }
    assert roster.people["abaker"].section == "Sec A and Sec B"
    assert roster.people["abaker"].lms_id == "U101"
    assert findings == [
        "`CDIAZ` is taken for `cdiaz`: the ids differ in case alone",
        "`jsmith@uni.edu` is taken for `jsmith`",
        "`knorgaard` is taken for `knørgaard`, by the name Kim Nørgaard",
    ]


def test_moodle_in_german() -> None:
    """Its numbers are ids where nothing else is known; groups are those of several."""
    roster, _ = taken_in(OWN, MOODLE)
    assert roster.groups == {"Team 1": ("abaker", "cdiaz")}
    assert "4713" in roster.people
    assert len(roster.people) == 5
    alone, _ = taken_in(MOODLE)
    assert list(alone.people) == ["4711", "4712", "4713"]


def test_a_worksheet_numbers_nobody() -> None:
    """Participants have other numbers in each assignment, so the address is the id."""
    roster, _ = taken_in(WORKSHEET)
    assert roster.people["abaker@uni.edu"].name == "Alice Baker"


def test_ids_that_look_alike_are_flagged() -> None:
    """Zeros that a spreadsheet took off, and two people whose ids differ in case."""
    text = "id,email\n007,a@uni.edu\n7,b@uni.edu\nkim,c@uni.edu\nKim,d@uni.edu\n"
    roster, findings = taken_in(text)
    assert len(roster.people) == 4
    assert findings == [
        "`007` and `7` differ in case or leading zeros alone: they are kept as two students",
        "`kim` and `Kim` differ in case or leading zeros alone: they are kept as two students",
    ]
    assert roster.namesake("KIM") == "kim"
    assert roster.namesake("0007") == "007"
    assert roster.namesake("kim") is None
    assert roster.namesake("kira") is None


def test_two_of_one_name_are_two() -> None:
    both = 'Student,ID,SIS Login ID,Section\n"Li, Bo",1,bo1,A\n"Li, Bo",2,bo2,A\n'
    roster, _ = taken_in("id,first_name,last_name\nboli,Bo,Li\n", both)
    assert list(roster.people) == ["boli", "bo1", "bo2"]


def test_who_left_goes_only_when_asked() -> None:
    less = OWN.replace("abaker,Alice,Baker,abaker@uni.edu\n", "")
    assert "abaker" in taken_in(OWN, less)[0].people
    roster, findings = taken_in(OWN, less, prune=True)
    assert "abaker" not in roster.people
    assert findings == ["`abaker` is no longer on the roster"]


def test_lines_that_name_nobody_are_said() -> None:
    people, findings = roster_tables.parsed("id,name,email\n,No One,x@y.z\n../up,Evil,\n")
    assert [one.student for one in people] == ["x@y.z"]
    assert len(findings) == 1
    assert "line 3 has the id `../up`" in findings[0]


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [("a,b\n1,2\n", None, "no column says who a student is"), (OWN, "nr", "no column is headed")],
)
def test_tables_without_ids_are_named(text: str, column: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        roster_tables.parsed(text, column)


def test_a_column_can_be_named() -> None:
    people, _ = roster_tables.parsed("nr,name\n17,Ada Lovelace\n", "NR")
    assert people == [Person("17", "Ada", "Lovelace")]


@pytest.mark.parametrize(
    ("raw", "guessed"),
    [
        (OWN.encode(), False),
        (codecs.BOM_UTF8 + OWN.encode(), False),
        (OWN.encode("utf-16"), False),
        (OWN.encode("cp1252"), True),
    ],
)
def test_encodings(tmp_path: Path, raw: bytes, guessed: bool) -> None:
    (tmp_path / "roster.csv").write_bytes(raw)
    text, was_guessed = tables.read(tmp_path / "roster.csv")
    assert was_guessed == guessed
    assert taken_in(text)[0] == taken_in(OWN)[0]


def test_it_is_kept(tmp_path: Path) -> None:
    roster, _ = taken_in(OWN, CANVAS)
    assert rosters.read(tmp_path) == Roster()
    rosters.write(tmp_path, roster)
    assert rosters.read(tmp_path) == roster
    (tmp_path / ".autograder" / "roster.json").write_text("[{")
    with pytest.raises(UsageError, match="cannot be read"):
        rosters.read(tmp_path)


def test_of_a_group_the_newest_counts() -> None:
    """And an instructor is told; whoever did not hand in gets that grade as well."""
    from datetime import datetime

    roster, _ = taken_in("id,group\nann,A\nbo,A\ncy,A\ndi,B\ned,B\nflo,\n")
    times = {"ann": datetime(2027, 1, 1), "bo": datetime(2027, 1, 2), "di": None}
    shared = sharing(roster, ["ann", "bo", "di", "flo"], lambda student: times.get(student))
    assert shared.sources == {"ann": "bo", "cy": "bo", "ed": "di"}
    assert list(shared.doubts) == ["bo"]
    assert "handed in 2 times, by ann, bo" in shared.doubts["bo"]
