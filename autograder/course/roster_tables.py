"""Rosters as systems export them: which column says what, in whose language, and who is who.

Canvas's gradebook and people, Moodle's participants and grading worksheets, nbgrader's own form and
spreadsheets of one's own are read alike: by the names of their columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.course import tables
from autograder.course.hand_ins import ID_RULE, STUDENT, composed
from autograder.course.roster import Person, Roster, letters, sameness, with_people
from autograder.errors import UsageError

# Names of columns in small letters without spaces and signs: English, German, French, Spanish,
# Italian, Portuguese, Dutch, Swedish, Danish, Norwegian, Finnish, Polish.
COLUMNS: dict[str, str] = {
    "first": "firstname firstnames givenname forename vorname prénom prenom nombre nombres nome "
    "voornaam förnamn fornavn etunimi imię imie",
    "last": "lastname surname familyname nachname familienname nom apellido apellidos cognome "
    "sobrenome apelido achternaam efternamn efternavn etternavn sukunimi nazwisko",
    "full": "student name fullname studentname displayname sortablename vollständigername "
    "nomcomplet nomcompletdelutilisateur nombrecompleto nomecompleto volledigenaam helanamn "
    "fuldtnavn fulltnavn kokonimi studierende teilnehmerin teilnehmer étudiant estudiante studente",
    "email": "email emailaddress emails mail emailadresse emailadressen mailadresse courriel "
    "adressedecourriel adresseemail adressemail adresseélectronique correo correoelectrónico "
    "direccióndecorreo direccióndecorreoelectrónico indirizzoemail endereçodeemail emailadres "
    "epost epostadress epostadresse sähköposti sähköpostiosoite adresemail",
    "section": "section sections sectionname sektion sección seção sezione klas",
    "group": "group groups groupname team gruppe gruppen arbeitsgruppe groupe groupes grupo grupos "
    "gruppo gruppi groep groepen grupp grupper ryhmä ryhmät grupa",
    "login": "studentid username login loginid sisloginid uniqueid netid benutzername anmeldename "
    "kennung nomdutilisateur identifiant nombredeusuario usuario nomeutente nomedeusuário "
    "gebruikersnaam användarnamn brugernavn brukernavn käyttäjätunnus nazwaużytkownika",
    "number": "sisuserid sisid idnumber idnummer integrationid lmsuserid studentnumber "
    "matriculationnumber matrikelnummer matrikelnr matricule numérodidentification númerodeid "
    "númerodeidentificación numerodimatricola númerodeidentificação studentnummer opiskelijanumero",
    "canvas": "canvasuserid",
    "id": "id",
}
_FIELD = {name: field for field, names in COLUMNS.items() for name in names.split()}
_WORKSHEET = 9  # from how many columns on a table may be a Moodle assignment's grading worksheet


def parsed(text: str, id_column: str | None = None) -> tuple[list[Person], list[str]]:
    """The people in a table, and what its reader must know.

    Args:
        text: the table.
        id_column: the column with the students' ids; chosen by its name otherwise.

    Raises:
        UsageError: no column says who a student is.
    """
    table = tables.parsed(text)
    places = _places(table.head)
    ids = _id_places(table, places, id_column)
    if "first" in places and "last" not in places:  # a full name under a first name's heading
        places.setdefault("full", places.pop("first"))
    people: list[Person] = []
    findings: list[str] = []
    for line, row in enumerate(table.rows, 2):
        if _is_no_student(row):
            continue
        student = next((composed(row[n].strip()) for n in ids if row[n].strip()), "")
        if not STUDENT.fullmatch(student):
            shown = f"has the id `{student:.70}`, which is none: {ID_RULE}" if student else "no id"
            findings.append(f"line {line} {shown}; left out")
        else:
            people.append(_person(student, row, places))
    return people, findings


def _places(head: Sequence[str]) -> dict[str, int]:
    """The first column of each kind."""
    found: dict[str, int] = {}
    for n, name in enumerate(head):
        if (field := _FIELD.get(letters(name))) is not None:
            found.setdefault(field, n)
    if "id" in found and {"sisloginid", "sisuserid"} & {letters(name) for name in head}:
        found.setdefault("canvas", found.pop("id"))
    return found


def _id_places(table: tables.Table, places: Mapping[str, int], id_column: str | None) -> list[int]:
    """The columns that give a student's id, the one that counts first.

    Raises:
        UsageError: there is none.
    """
    if id_column is not None:
        wanted = [n for n, name in enumerate(table.head) if name.casefold() == id_column.casefold()]
        if not wanted:
            raise UsageError(
                f"no column is headed `{id_column}`; there are {', '.join(table.head) or 'none'}"
            )
        return wanted[:1]
    order = ["id", "login", "number", "email", "canvas"]
    if "id" in places and _numbers_participants(table, places["id"]) and "email" in places:
        order.remove("id")
    found = [places[kind] for kind in order if kind in places]
    if not found:
        raise UsageError(
            f"no column says who a student is: found `{', '.join(table.head)[:160]}`, needs one "
            "such as id, username, SIS Login ID or email, or name it with --id"
        )
    return found


def _numbers_participants(table: tables.Table, place: int) -> bool:
    """Whether a column numbers an assignment's participants, as `Teilnehmer/in11`: Moodle's
    worksheets do, with other numbers in each.
    """
    words = {row[place].strip().rstrip("0123456789") for row in table.rows}
    return len(table.head) >= _WORKSHEET and len(words) == 1 and len(letters(words.pop())) > 4


def _is_no_student(row: Sequence[str]) -> bool:
    """Canvas's rows of points and of posting, and its test student."""
    first = row[0].strip()
    return first.startswith("Points Possible") or first == "Student, Test" or not any(row[:4])


def _person(student: str, row: Sequence[str], places: Mapping[str, int]) -> Person:
    cell = {kind: composed(" ".join(row[n].split())) for kind, n in places.items()}
    first, last = cell.get("first", ""), cell.get("last", "")
    if not first and not last:
        first, last = _split(cell.get("full", ""))
    also = (cell.get(kind, "") for kind in ("id", "login", "number"))
    others = tuple(sorted({name for name in also if name and name != student}))
    return Person(
        student,
        first,
        last,
        cell.get("email", "") or (student if "@" in student else ""),
        cell.get("number", ""),
        cell.get("section", ""),
        cell.get("group", ""),
        cell.get("canvas", ""),
        others,
    )


def _split(full: str) -> tuple[str, str]:
    """First and last name, from `Lovelace, Ada` or `Ada Lovelace`."""
    if "," in full:
        last, _, first = full.rpartition(",")
        return first.strip(), last.strip()
    first, _, last = full.rpartition(" ")
    return first, last


# -- who is who ------------------------------------------------------------------------------------


def merged(
    roster: Roster, people: Sequence[Person], *, prune: bool = False
) -> tuple[Roster, list[str]]:
    """A roster with these people on it, and what its reader must know.

    Who is on it already keeps their id: they are found by it, by another name of theirs, or, where
    only one has it, by their spoken name.

    Args:
        roster: what is known.
        people: from a table; what it says counts, what it leaves open stays.
        prune: leave out who is not among them.
    """
    kept = dict(roster.people)
    findings: list[str] = []
    seen: set[str] = set()
    for person in people:
        known = _known(kept, person, people)
        if known is not None and known.student in seen:
            findings.append(f"`{person.student}` stands there twice, as `{known.student}`")
        if known is not None and known.student != person.student:
            findings.append(
                f"`{person.student}` is taken for `{known.student}`{_why(known, person)}"
            )
        one = person if known is None else _joined(known, person)
        kept[one.student] = one
        seen.add(one.student)
    if prune:
        gone = [student for student in kept if student not in seen]
        findings += [f"`{student}` is no longer on the roster" for student in gone]
        kept = {student: one for student, one in kept.items() if student in seen}
    return with_people(kept.values()), [*findings, *look_alikes(kept)]


def _known(kept: Mapping[str, Person], person: Person, people: Sequence[Person]) -> Person | None:
    """Who this is on the roster; None for somebody new, or where it could be several."""
    if person.student in kept:
        return kept[person.student]
    same = [one for one in kept.values() if _share_a_name(one, person) and _agree(one, person)]
    if len(same) == 1:
        return same[0]
    spoken = letters(person.last_name + person.first_name)
    if same or not spoken:
        return None
    alike = [one for one in kept.values() if spoken in one.written and _agree(one, person)]
    others = [one for one in people if spoken == letters(one.last_name + one.first_name)]
    return alike[0] if len(alike) == 1 and len(others) == 1 else None


def _share_a_name(one: Person, other: Person) -> bool:
    """Whether a system knows both by one name. Canvas's numbers are names to Canvas alone."""
    numbers = {one.canvas_id, other.canvas_id}
    same_number = len(numbers) == 1 and one.canvas_id != ""
    return same_number or bool((one.names & other.names) - numbers)


def _agree(one: Person, other: Person) -> bool:
    """Whether nothing says that they are two people."""
    emails = {one.email.casefold(), other.email.casefold()} - {""}
    numbers = {one.canvas_id, other.canvas_id} - {""}
    return len(emails) < 2 and len(numbers) < 2


def _why(known: Person, person: Person) -> str:
    if known.student.casefold() == person.student.casefold():
        return ": the ids differ in case alone"
    if sameness(known.student) == sameness(person.student):
        return ": the ids differ in leading zeros alone, all else is the same"
    return "" if _share_a_name(known, person) else f", by the name {person.name}"


def _joined(known: Person, person: Person) -> Person:
    """What is known of a person, with what a table adds."""
    given = {
        name: value
        for name in Person.__dataclass_fields__
        if name not in ("student", "others") and (value := getattr(person, name))
    }
    names = {*known.others, *person.others, person.student} - {known.student}
    return replace(known, **given, others=tuple(sorted(names)))


def look_alikes(students: Mapping[str, Person]) -> list[str]:
    """Ids that differ in case or leading zeros alone, one line each."""
    by_likeness: dict[str, list[str]] = {}
    for student in students:
        by_likeness.setdefault(sameness(student), []).append(student)
    return [
        f"{' and '.join(f'`{one}`' for one in same)} differ in case or leading zeros alone: they "
        "are kept as two students"
        for same in by_likeness.values()
        if len(same) > 1
    ]
