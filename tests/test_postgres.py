"""The gradebook on a PostgreSQL server, started here for the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from courses import LAB, SEED, comments, free_port, make_course, python, rows, run, scores

pytest.importorskip("psycopg", reason="the driver is not installed: pip install 'psycopg[binary]'")

PROGRAMS = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
PROGRAMS += sorted(
    Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not PROGRAMS, reason="no PostgreSQL server on this machine: install Debian's `postgresql`"
    ),
]

PASSWORD = "correct-horse"
STUDENTS = ("ada", "dora", "rosa")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of an empty database on a server of its own.

    PostgreSQL refuses to run as root, so root lends it to `postgres`.
    """
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="autograd-labs-postgres-"))
    if user:
        shutil.chown(folder, user)
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    port = free_port()

    def program(name: str, *arguments: str) -> None:
        command = [str(PROGRAMS[0] / name), "-D", str(folder / "data"), *arguments]
        done = subprocess.run(
            command,
            user=user,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        program(
            "initdb",
            "--username=teacher",
            f"--pwfile={folder / 'password'}",
            "--auth=scram-sha-256",
            "--no-sync",
            "--encoding=UTF8",
        )
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        program("pg_ctl", "start", "--wait", "-l", str(folder / "log"), "-o", options)
        try:
            yield f"postgresql://teacher:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            program("pg_ctl", "stop", "--mode=immediate")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def graded(server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small class in a gradebook on the server, and in one of SQLite beside it."""
    place = make_course(tmp_path_factory.mktemp("postgres") / "course", STUDENTS)
    run(place, "autograder", "grade", "--seed", str(SEED), AUTOGRADER_DB=server)
    run(place, "autograder", "grade", "--seed", str(SEED), "--out", "own")
    return place


def change(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(statement))
    engine.dispose()


def test_the_same_rows_as_in_sqlite(graded: Path, server: str) -> None:
    assert not (graded / "graded" / "gradebook.db").exists()
    found = scores(server)
    assert {student for student, _, _ in found} == set(STUDENTS)
    assert found == scores(graded / "own" / "gradebook.db")
    assert comments(server) == comments(graded / "own" / "gradebook.db")
    assert rows(server, "select version_num from alembic_version") == rows(
        graded / "own" / "gradebook.db", "select version_num from alembic_version"
    )


def test_nbgrader_grades_into_it_and_keeps_what_was_given_by_hand(
    graded: Path, server: str
) -> None:
    """The course's settings and the command line take the server from the same variable; scores and
    comments by hand stay.
    """
    zero_edge = "cell_id in (select id from base_cell where name = 'zero_edge')"
    change(server, f"update grade set manual_score = 1.5 where auto_score = 0 and {zero_edge}")
    change(server, "update comment set manual_comment = 'see me'")
    before = scores(server)
    run(graded, "nbgrader", "autograde", LAB, "--force", AUTOGRADER_DB=server)
    run(graded, "autograder", "grade", "--force", "--seed", str(SEED), AUTOGRADER_DB=server)
    after = scores(server)
    assert {key: row[:3] for key, row in after.items()} == {
        key: row[:3] for key, row in before.items()
    }
    assert after["dora", LAB, "zero_edge"] == (0.0, 1.5, None, True)
    assert {manual for _, manual in comments(server).values()} == {"see me"}
    assert not (graded / "graded" / "gradebook.db").exists()


def test_formgrader_and_exports_read_it(graded: Path, server: str) -> None:
    """The queries behind formgrader's pages, nbgrader's table and our own."""
    program = (
        "import os; os.environ['AUTOGRADER_DB'] = " + repr(server) + "\n"
        "from nbgrader.apps import NbGraderAPI; from traitlets.config import PyFileConfigLoader\n"
        "api = NbGraderAPI(config=PyFileConfigLoader('nbgrader_config.py', "
        "os.getcwd()).load_config())\n"
        f"print(sorted((s['student'], s['autograded']) for s in api.get_submissions('{LAB}')))\n"
        f"print(api.get_assignment('{LAB}')['num_submissions'], len(api.get_students()))\n"
        f"print([s['name'] for s in api.get_notebooks('{LAB}')], "
        f"api.get_notebook_submissions('{LAB}', '{LAB}')[0]['max_score'])"
    )
    said = python(graded, program).splitlines()
    assert said[-3:] == [str([(name, True) for name in STUDENTS]), "3 3", f"['{LAB}'] 20.0"]
    run(graded, "nbgrader", "export", "--to", "theirs.csv", AUTOGRADER_DB=server)
    assert len((graded / "theirs.csv").read_text().splitlines()) == 4
    run(graded, "autograder", "export", "csv", "--to", "ours.csv", AUTOGRADER_DB=server)
    lines = (graded / "ours.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[-3:]] == list(STUDENTS)


def test_a_server_that_is_away_is_named_without_its_password(graded: Path) -> None:
    """Verdicts are kept and written with the next run; the password stands in no output."""
    url = f"postgresql://teacher:{PASSWORD}@127.0.0.1:{free_port()}/postgres"
    said = run(graded, "autograder", "grade", "--db", url, fails=True)
    assert "could not be written" in said
    assert "127.0.0.1" in said
    assert "Nothing is lost" in said
    said += run(graded, "autograder", "export", "csv", "--db", url, fails=True)
    said += run(graded, "nbgrader", "autograde", LAB, "--force", AUTOGRADER_DB=url, fails=True)
    assert PASSWORD not in said
    assert "Traceback" not in said


def test_an_unknown_server_or_driver_is_named(graded: Path) -> None:
    for url, why in (
        ("nonsense", "no URL of a database"),
        ("postgresql+nodriver://a@b/c", "nodriver"),
        ("mysql://a@b/c", "pip install"),
    ):
        said = run(graded, "autograder", "grade", "--db", url, fails=True)
        assert why in said, said
        assert "Traceback" not in said
