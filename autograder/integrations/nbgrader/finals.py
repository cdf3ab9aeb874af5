"""Final scores: what the checks and people gave, less what lateness costs."""

from __future__ import annotations

from typing import Any

from autograder.course.labs import Lab
from autograder.integrations.nbgrader import glance
from autograder.integrations.nbgrader.gradebook import opened
from autograder.record.finals import Final

# What people and lateness changed in a lab; each row begins with the student.
_CHANGED = (
    """SELECT s.student_id, b.name, 'by hand', g.manual_score, g.extra_credit FROM grade g
    JOIN submitted_notebook n ON n.id = g.notebook_id
    JOIN submitted_assignment s ON s.id = n.assignment_id
    JOIN assignment a ON a.id = s.assignment_id JOIN base_cell b ON b.id = g.cell_id
    WHERE a.name = :lab AND (g.manual_score IS NOT NULL OR g.extra_credit != 0)
    ORDER BY s.student_id, b.name""",
    """SELECT s.student_id, '', 'late', n.late_submission_penalty FROM submitted_notebook n
    JOIN submitted_assignment s ON s.id = n.assignment_id
    JOIN assignment a ON a.id = s.assignment_id
    WHERE a.name = :lab AND n.late_submission_penalty > 0 ORDER BY s.student_id""",
    """SELECT s.student_id, b.name, 'comment', c.manual_comment FROM comment c
    JOIN submitted_notebook n ON n.id = c.notebook_id
    JOIN submitted_assignment s ON s.id = n.assignment_id
    JOIN assignment a ON a.id = s.assignment_id JOIN base_cell b ON b.id = c.cell_id
    WHERE a.name = :lab AND c.manual_comment != '' ORDER BY s.student_id, b.name""",
)


def of(submission: Any) -> Final:
    """The final score of a submission: the only place that works it out.

    Args:
        submission: nbgrader's `SubmittedAssignment`, in an open session.
    """
    notebooks = list(submission.notebooks)
    grades = [grade for notebook in notebooks for grade in notebook.grades]
    said = [
        comment.manual_comment.strip()
        for notebook in notebooks
        for comment in notebook.comments
        if (comment.manual_comment or "").strip()
    ]
    comments = tuple(dict.fromkeys(said))
    graded = [g for g in grades if g.auto_score is not None or g.manual_score is not None]
    if not grades or len(graded) < len(grades):
        return Final(None, comments=comments)
    before = round(sum(grade.score for grade in grades), 6)
    lost = round(sum(notebook.late_submission_penalty or 0.0 for notebook in notebooks), 6)
    return Final(before, lost, round(max(0.0, before - lost), 6), comments)


def changed(url: str, lab: Lab) -> list[Any]:
    """What people and lateness changed in a lab, in rows that begin with the student: to be
    compared, and to know whose `final` is another one than the checks'.
    """
    bonus = {name for name, cell in lab.families.items() if cell.bonus}
    found = glance.rows(url, _CHANGED, {"lab": lab.name})
    # extra credit of the lab's own bonus cells is the grader's
    return [
        row for row in found if not (row[2] == "by hand" and row[3] is None and row[1] in bonus)
    ]


def read(url: str, lab: Lab, rows: list[Any]) -> dict[str, Final]:
    """Final scores by student, of those whom `changed` names.

    Raises:
        UsageError, GraderFault: see `gradebook.opened`.
    """
    wanted = dict.fromkeys(row[0] for row in rows)
    if not wanted:
        return {}
    with opened(url) as book:
        return {student: of(book.find_submission(lab.name, student)) for student in wanted}
