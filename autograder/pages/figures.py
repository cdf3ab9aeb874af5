"""Figures as SVG text of our own: a page costs well under a millisecond, and its figures follow the
page's colors.

Nothing in them has an id, so that the same figure may stand on a page twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from autograder.model import Curve
from autograder.text import visible

WIDTH, HEIGHT = 360, 220
LEFT, RIGHT, TOP, BOTTOM = 40, 10, 12, 26
MAX_RUNS = 3
# how far beyond the right values a chart reaches for the student's, in heights of the right curve
ROOM = 0.75
TOLERANCE = 1e-4  # of the right curve's height: less is neither seen nor told

Point = tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """A chart, the sentence that says the same, and whether the curves differ anywhere."""

    svg: Markup
    text: str
    differs: bool


@dataclass(frozen=True)
class _Sample:
    """A point of a curve; `off` says whether the student's value is not the right one."""

    x: float
    yours: float | None
    expected: float
    off: bool


@lru_cache(maxsize=1024)
def drawing(curve: Curve) -> Drawing:
    """Draw a student's function over the right one.

    A class holds few distinct curves, so each is drawn once.
    """
    samples = _samples(curve)
    if len(samples) < 2:
        return Drawing(Markup(""), "There is nothing to draw.", differs=False)
    runs = _runs(samples)
    text = _describe(samples, runs)
    label = escape(visible(f"Chart of the {curve.title}: yours over the right one. {text}"))
    body = "".join(_chart(samples, runs))
    svg = (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{label}">{body}</svg>'
    )
    return Drawing(Markup(svg), text, bool(runs))  # numbers, and a label escaped just here


def _samples(curve: Curve) -> list[_Sample]:
    """The points that can be drawn, from left to right."""
    given = [
        p
        for p in zip(curve.x, curve.yours, curve.expected, strict=False)
        if math.isfinite(p[0]) and math.isfinite(p[2])
    ]
    height = max((abs(expected) for _, _, expected in given), default=0.0) or 1.0
    samples = []
    for x, yours, expected in sorted(given, key=lambda point: point[0]):
        value = yours if yours is not None and math.isfinite(yours) else None
        samples.append(
            _Sample(x, value, expected, value is None or abs(value - expected) > TOLERANCE * height)
        )
    return samples


def _runs(samples: Sequence[_Sample]) -> list[list[_Sample]]:
    """Neighboring points at which the student's values are not the right ones."""
    runs: list[list[_Sample]] = []
    before = False
    for sample in samples:
        if sample.off and before:
            runs[-1].append(sample)
        elif sample.off:
            runs.append([sample])
        before = sample.off
    return runs


def _describe(samples: Sequence[_Sample], runs: Sequence[Sequence[_Sample]]) -> str:
    """Where the curves differ, in words."""
    first, last = number(samples[0].x), number(samples[-1].x)
    if not runs:
        return f"The same at all {len(samples)} points from {first} to {last}."
    count = sum(map(len, runs))
    where = "; ".join(_describe_run(run) for run in runs[:MAX_RUNS])
    more = f"; and in {len(runs) - MAX_RUNS} more places" if len(runs) > MAX_RUNS else ""
    return f"Different at {count} of {len(samples)} points: {where}{more}."


def _describe_run(run: Sequence[_Sample]) -> str:
    finite = [(abs(s.yours - s.expected), s) for s in run if s.yours is not None]
    if len(run) == 1:
        value = number(run[0].yours) if run[0].yours is not None else "not a finite number"
        return f"at x = {number(run[0].x)} yours is {value}, right is {number(run[0].expected)}"
    where = f"from x = {number(run[0].x)} to {number(run[-1].x)}"
    if not finite:
        return f"{where} yours is not a finite number"
    worst = max(finite, key=lambda pair: pair[0])[1]
    return (
        f"{where}, most at x = {number(worst.x)}, where yours is "
        f"{number(worst.yours or 0.0)} and right is {number(worst.expected)}"
    )


def number(value: float) -> str:
    """A number as a reader wants it: three digits, and no rounding noise around zero."""
    return f"{(0.0 if abs(value) < 1e-6 else value) + 0.0:.3g}"


@dataclass(frozen=True)
class _Scale:
    """From values to places on the chart."""

    low: Point
    high: Point

    def x(self, value: float) -> float:
        return LEFT + (value - self.low[0]) / (self.high[0] - self.low[0]) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return (
            HEIGHT
            - BOTTOM
            - (value - self.low[1]) / (self.high[1] - self.low[1]) * (HEIGHT - TOP - BOTTOM)
        )


def _scale(samples: Sequence[_Sample]) -> _Scale:
    """A scale that fits the right curve, and the student's as far as it stays near."""
    right = [sample.expected for sample in samples]
    span = (max(right) - min(right)) or max(abs(right[0]), 1.0)
    least, most = min(right) - ROOM * span, max(right) + ROOM * span
    shown = right + [
        sample.yours
        for sample in samples
        if sample.yours is not None and least <= sample.yours <= most
    ]
    if any(s.yours is not None and s.yours > most for s in samples):
        shown.append(most)
    if any(s.yours is not None and s.yours < least for s in samples):
        shown.append(least)
    low, high = min(shown), max(shown)
    margin = 0.06 * ((high - low) or span)
    left, right_end = samples[0].x, samples[-1].x
    return _Scale(
        (left, low - margin), (right_end if right_end > left else left + 1.0, high + margin)
    )


def _chart(samples: Sequence[_Sample], runs: Sequence[Sequence[_Sample]]) -> Iterable[str]:
    """The chart's elements from back to front. A nested svg cuts off what leaves the chart."""
    scale = _scale(samples)
    yield from _axes(scale)
    box = f'x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - TOP - BOTTOM}"'
    view = f'viewBox="{LEFT} {TOP} {WIDTH - LEFT - RIGHT} {HEIGHT - TOP - BOTTOM}"'
    yield f'<svg {box} {view} overflow="hidden">'
    yield from (_band(scale, run, samples) for run in runs)
    yield _polyline("right", [(scale.x(s.x), scale.y(s.expected)) for s in samples])
    for piece in _pieces(samples):
        yield _polyline("yours", [(scale.x(s.x), scale.y(s.yours or 0.0)) for s in piece])
    yield from _marks(scale, runs)
    yield "</svg>"


def _axes(scale: _Scale) -> Iterable[str]:
    for tick in ticks(scale.low[1], scale.high[1], 5):
        y = scale.y(tick)
        kind = "axis" if tick == 0 else "grid"
        yield f'<path class="{kind}" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_tick(tick)}</text>'
    for tick in ticks(scale.low[0], scale.high[0], 7):
        x = scale.x(tick)
        kind = "axis" if tick == 0 else "grid"
        yield f'<path class="{kind}" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
        yield f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{_tick(tick)}</text>'


def ticks(low: float, high: float, most: int) -> list[float]:
    """At most about `most` round numbers from `low` to `high`."""
    rough = (high - low) / most
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def _tick(value: float) -> str:
    return f"{value + 0.0:.4g}".replace("-", "\N{MINUS SIGN}")


def _polyline(kind: str, points: Sequence[Point]) -> str:
    if len(points) == 1:  # a lone point between gaps: a line of no length with round ends
        points = (points[0], points[0])
    places = " ".join(f"{x:.1f},{_near(y):.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{places}"/>'


def _near(y: float) -> float:
    """A height that a browser can draw: a value of 1e30 stays a line that leaves the chart."""
    return max(-10.0 * HEIGHT, min(10.0 * HEIGHT, y))


def _pieces(samples: Sequence[_Sample]) -> list[list[_Sample]]:
    """The student's curve without the gaps where a value is missing."""
    pieces: list[list[_Sample]] = [[]]
    for sample in samples:
        if sample.yours is None:
            pieces.append([])
        else:
            pieces[-1].append(sample)
    return [piece for piece in pieces if piece]


def _band(scale: _Scale, run: Sequence[_Sample], samples: Sequence[_Sample]) -> str:
    """The stretch of x over which the curves differ, wide enough to be seen where it is a single
    point.
    """
    half = (scale.x(samples[-1].x) - scale.x(samples[0].x)) / (len(samples) - 1) / 2
    left, right = scale.x(run[0].x) - max(half, 3.0), scale.x(run[-1].x) + max(half, 3.0)
    return (
        f'<rect class="band" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" '
        f'height="{HEIGHT - TOP - BOTTOM}"/>'
    )


def _marks(scale: _Scale, runs: Sequence[Sequence[_Sample]]) -> Iterable[str]:
    """A thin line between the two values at each point that differs, rings at a lone one, a cross
    where there is no value.
    """
    gaps, crosses = [], []
    for run in runs:
        for sample in run:
            x = scale.x(sample.x)
            if sample.yours is None:
                crosses.append(f"M{x - 3:.1f} {HEIGHT - BOTTOM - 8}l6 6m0 -6l-6 6")
            else:
                gaps.append(
                    f"M{x:.1f} {scale.y(sample.expected):.1f}V{_near(scale.y(sample.yours)):.1f}"
                )
        if len(run) == 1 and run[0].yours is not None:
            x = scale.x(run[0].x)
            yield (
                f'<circle class="ring right" cx="{x:.1f}" '
                f'cy="{scale.y(run[0].expected):.1f}" r="4"/>'
            )
            yield (
                f'<circle class="ring yours" cx="{x:.1f}" '
                f'cy="{_near(scale.y(run[0].yours)):.1f}" r="4"/>'
            )
    if gaps:
        yield f'<path class="gap" d="{"".join(gaps)}"/>'
    if crosses:
        yield f'<path class="cross" d="{"".join(crosses)}"/>'


@lru_cache(maxsize=1024)
def bar(share: float) -> Markup:
    """A bar for a share from 0 to 1; the number stands beside it, so a screen reader passes over
    it.
    """
    width = 100 * max(0.0, min(1.0, share))
    parts = (
        f'<rect class="track" width="100" height="6"/><rect class="fill" '
        f'width="{width:.1f}" height="6"/>'
    )
    return Markup(
        f'<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" '
        f'aria-hidden="true">{parts}</svg>'
    )
