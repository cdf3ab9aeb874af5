"""The workflows for GitHub and GitLab: well formed, without the usual traps, and their shell steps
run.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from answers import RIGHT

from autograder.course import answers as solutions
from autograder.course import labs
from autograder.course.answers import Answer

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / "docs" / "examples" / "gitlab-ci.yml"
LAB = "lab03_custom_relu"


class Strict(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML says nothing of its types
    """YAML as GitHub reads it: `on` is a word, and no key stands twice."""


Strict.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Strict.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def _mapping(loader: Strict, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    assert len(set(keys)) == len(keys), f"a key twice in line {node.start_mark.line + 1}: {keys}"
    found: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return found


Strict.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_text(), Strict)
    return found


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = load(path)["jobs"]
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in jobs(path).values():
        yield from job["steps"]


def targets() -> set[str]:
    """The Makefile's commands."""
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_the_workflows_are_there() -> None:
    names = [path.stem for path in WORKFLOWS]
    assert names == ["ci", "grade", "links", "release", "site"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_can_do_little_and_ends(path: Path) -> None:
    """Reading is all it may, but for the jobs that publish; each job has a limit.

    Form, pins and injections are the checkers' matter, in `make lint`.
    """
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())
    given = {
        name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job
    }
    publishing = {
        "release": {"release": {"contents": "write"}},
        "site": {"publish": {"pages": "write", "id-token": "write"}},
    }
    assert given == publishing.get(path.stem, {})


def test_the_checkers_find_what_they_are_for(tmp_path: Path) -> None:
    """`make lint` calls them; here they are given a workflow with a wrong key, and one with an
    injection and a moving tag.
    """
    checkers = [
        line.strip()
        for line in (ROOT / "Makefile").read_text().splitlines()
        if line.startswith(("\tcheck-json", "\tzizmor"))
    ]
    assert [line.split()[0] for line in checkers] == [
        "check-jsonschema",
        "check-jsonschema",
        "zizmor",
    ]
    wrong, unsafe = tmp_path / "wrong.yml", tmp_path / "unsafe.yml"
    text = WORKFLOWS[1].read_text()
    wrong.write_text(text.replace("runs-on:", "run-on:"))
    unsafe.write_text(
        re.sub(
            r"@[0-9a-f]{40}",
            "@v4",
            text.replace('"submission/$NOTEBOOK"', '"submission/${{ inputs.notebook }}"'),
        )
    )
    program = Path(sys.executable).parent
    schema: list[str | Path] = [
        program / "check-jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
    ]
    said = subprocess.run([*schema, wrong], capture_output=True, text=True)
    assert (said.returncode, "runs-on" in said.stdout) == (1, True)
    said = subprocess.run(
        [program / "zizmor", "--offline", "--no-progress", unsafe], capture_output=True, text=True
    )
    assert said.returncode != 0
    assert {"template-injection", "unpinned-uses"} <= set(
        re.findall(r"error\[([a-z-]+)\]", said.stdout)
    )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_falls_into_no_trap(path: Path) -> None:
    """What others wrote reaches a script only through its environment; tokens are not left behind;
    secrets go to no script.
    """
    for step in steps(path):
        script = step.get("run", "")
        assert "${{" not in script, step
        assert "secrets." not in json.dumps(step.get("env", {}))
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False
    text = path.read_text()
    assert "pull_request_target" not in text
    assert "classroom" not in text.lower()


@pytest.mark.parametrize("path", [*WORKFLOWS, GITLAB], ids=lambda path: path.name)
def test_scripts_are_bash_and_name_real_commands(path: Path) -> None:
    """CI calls only what the Makefile and the command line have."""
    scripts = (
        [step["run"] for step in steps(path) if "run" in step]
        if path != GITLAB
        else ["\n".join(lines) for lines in gitlab_scripts()]
    )
    for program in scripts:
        checked = subprocess.run(["bash", "-n"], input=program, text=True, capture_output=True)
        assert checked.returncode == 0, checked.stderr
        assert set(re.findall(r"\bmake (\w+)", program)) <= targets()
        assert set(re.findall(r"\bautograder (\w+)", program)) <= {
            "check",
            "grade",
            "verify",
            "doctor",
            "version",
        }


def test_what_is_published_is_what_make_docs_builds() -> None:
    """By a job that runs nothing of the repository's."""
    every = jobs(ROOT / ".github" / "workflows" / "site.yml")
    assert [step["uses"].split("@")[0] for step in every["publish"]["steps"]] == [
        "actions/deploy-pages"
    ]
    (uploaded,) = [
        step["with"]["path"] for step in every["build"]["steps"] if "path" in step.get("with", {})
    ]
    assert f"sphinx $(SITE) {uploaded}\n" in (ROOT / "Makefile").read_text()


def test_what_is_promised_is_tried() -> None:
    """The oldest and the newest Python, both processors, the oldest PyTorch and the pinned one."""
    every = jobs(ROOT / ".github" / "workflows" / "ci.yml")
    told = runpy.run_path(str(ROOT / "scripts" / "python.py"))
    machines = every["test"]["strategy"]["matrix"]["include"]
    assert {one["python"] for one in machines} == {
        ".".join(map(str, told[which])) for which in ("OLDEST", "NEWEST")
    }
    assert {one["runner"].endswith("-arm") for one in machines} == {True, False}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (oldest,) = (one for one in project["dependencies"] if one.startswith("torch>="))
    assert every["verify"]["strategy"]["matrix"]["torch"] == ["", f"{oldest[len('torch>=') :]}.0"]


def test_another_torch_is_taken(tmp_path: Path) -> None:
    """The step that CI has for it changes the pin, and nothing else."""
    (step,) = (one for one in steps(WORKFLOWS[0]) if "TORCH" in one.get("env", {}))
    pinned = (ROOT / "requirements" / "torch.txt").read_text()
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "torch.txt").write_text(pinned)
    assert shell(step["run"], tmp_path, TORCH="2.6.0").returncode == 0
    changed = (tmp_path / "requirements" / "torch.txt").read_text()
    assert changed == re.sub(r"(?m)^torch==.*", "torch==2.6.0", pinned) != pinned


def test_one_job_stands_for_all() -> None:
    """`required` waits for every other job, also for those that failed, and fails with them."""
    every = jobs(ROOT / ".github" / "workflows" / "ci.yml")
    required = every["required"]
    assert set(required["needs"]) == set(every) - {"required"}
    assert required["if"] == "always()"
    (step,) = required["steps"]
    assert shell(step["run"], ROOT, RESULTS="success success success").returncode == 0
    assert shell(step["run"], ROOT, RESULTS="success skipped success").returncode != 0
    assert shell(step["run"], ROOT, RESULTS="failure success success").returncode != 0


def shell(script: str, place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does on Linux."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("HOME", "XDG_CACHE_HOME", "TMPDIR")
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    environment = kept | {"PATH": path, "PYTHONWARNINGS": "ignore"} | environment
    return subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the two checkouts of grade.yml leave: the instructor's repository, with a student's in
    it.
    """
    place = tmp_path_factory.mktemp("workflow")
    for folder in ("labs", "solutions"):
        shutil.copytree(ROOT / folder / LAB, place / folder / LAB)
    lab = labs.load(ROOT, LAB)
    (place / "submission" / "work").mkdir(parents=True)
    for name, text in (("right", RIGHT), ("wrong", RIGHT.replace("(input > 0)", "(input >= 0)"))):
        (place / "submission" / "work" / f"{name}.ipynb").write_bytes(
            solutions.filled(lab, Answer(name, {"relu": text}))
        )
    return place


def grade_script() -> str:
    script: str = next(
        step["run"]
        for step in steps(ROOT / ".github" / "workflows" / "grade.yml")
        if step.get("name") == "Grade"
    )
    return script


def gitlab_scripts() -> Iterator[list[str]]:
    document = load(GITLAB)
    yield document["default"]["before_script"]
    for name in ("lint", "test", "verify", "grade"):
        yield document[name]["script"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "points", "lab"), [("right", "20 of 20", ""), ("wrong", "17 of 20", LAB)]
)
def test_githubs_grade_step_runs(
    course: Path, tmp_path: Path, name: str, points: str, lab: str
) -> None:
    """Less than full marks is a grade and no failure.

    JUnit, JSON, annotations and the step's summary are there.
    """
    summary = tmp_path / "summary.md"
    done = shell(
        grade_script(),
        course,
        NOTEBOOK=f"work/{name}.ipynb",
        LAB=lab,
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert done.returncode == 0, done.stderr
    assert f"Custom ReLU: {points}" in summary.read_text()
    cases = list(ET.parse(course / "results" / "junit.xml").iter("testcase"))
    failures = [case for case in cases if case.find("failure") is not None]
    assert len(cases) > 10
    assert bool(failures) == (name == "wrong")
    assert ("::error title=" in done.stdout) == (name == "wrong")
    assert json.loads((course / "results" / "results.json").read_text())["lab"] == LAB


def test_githubs_grade_step_fails_where_there_is_no_grade(course: Path) -> None:
    """A wrong path is told from a wrong answer; and a path is a path, whatever is in it."""
    done = shell(grade_script(), course, NOTEBOOK="absent.ipynb", LAB="")
    assert done.returncode != 0
    assert "no file" in done.stderr
    done = shell(grade_script(), course, NOTEBOOK='$(touch pwned)"; touch pwned; ".ipynb', LAB=LAB)
    assert done.returncode != 0
    assert not (course / "pwned").exists()


def test_gitlab_is_well_formed() -> None:
    document = load(GITLAB)
    assert document["stages"] == ["check", "grade"]
    for name in ("lint", "test", "verify"):
        assert document[name]["extends"] == ".on-changes"
    assert document["grade"]["stage"] == "grade"
    assert document["grade"]["artifacts"]["reports"]["junit"] == "results/junit.xml"
    assert all(isinstance(line, str) for lines in gitlab_scripts() for line in lines)


def test_gitlabs_grade_job_runs(course: Path) -> None:
    """Its lines after the clone, as one script."""
    lines = load(GITLAB)["grade"]["script"]
    assert lines[0].startswith("git clone ")
    assert lines[1] == "rm -rf submission/.git"
    done = shell("\n".join(lines[2:]), course, NOTEBOOK="work/wrong.ipynb")
    assert done.returncode == 0, done.stderr
    assert "17 of 20" in done.stderr
