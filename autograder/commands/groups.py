"""Groups: one hand-in, everybody's grade."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from autograder.course.roster import Roster
from autograder.model import Judgement, Note
from autograder.record.journal import Judgements


@dataclass(frozen=True)
class Sharing:
    """Whose hand-in counts for whom, in one lab.

    Attributes:
        sources: for each student who gets another's grade, whose.
        doubts: by the student whose hand-in counts, what an instructor should know.
    """

    sources: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)

    def source(self, student: str) -> str:
        """Whose hand-in counts for a student: their own, in most cases."""
        return self.sources.get(student, student)

    def followers(self, student: str) -> list[str]:
        """Who gets the grade of this student's hand-in besides them."""
        return [one for one, source in self.sources.items() if source == student]

    def spread(self, judgements: Mapping[str, Judgement]) -> Judgements:
        """Judgements for everybody who has one, in order; read when they are asked for."""
        followers = (one for one, source in self.sources.items() if source in judgements)

        def read(student: str) -> Judgement:
            source = self.source(student)
            if source == student or source not in judgements:
                return judgements[student]
            note = Note(f"Handed in by `{source}` for your group.")
            return replace(judgements[source], student=student).with_note(note)

        return Judgements(sorted({*judgements, *followers}), read)


def sharing(
    roster: Roster, handed_in: Collection[str], arrival: Callable[[str], datetime | None]
) -> Sharing:
    """Who shares whose hand-in.

    Of a group that handed in more than once the newest counts, and is said to.

    Args:
        roster: of the course.
        handed_in: students who have a hand-in of their own.
        arrival: when a student's came; None where that is not known.
    """
    sources: dict[str, str] = {}
    doubts: dict[str, str] = {}
    for group, members in roster.groups.items():
        by = [one for one in members if one in handed_in]
        if not by:
            continue
        times = {one: arrival(one) for one in by}
        # Of several at one time, or at none that is known, the first by name.
        counts = max(sorted(by, reverse=True), key=lambda one: times[one] or datetime.min)
        sources |= {one: counts for one in members if one != counts}
        if len(by) > 1:
            why = "the newest" if all(times.values()) else "whose time is known or name comes first"
            doubts[counts] = (
                f"the group `{group}` handed in {len(by)} times, by {', '.join(by)}: that of "
                f"`{counts}` counts for all, {why}"
            )
    return Sharing(sources, doubts)
