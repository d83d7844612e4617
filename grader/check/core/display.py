"""A verdict for display: plain text in a terminal, a small table with figures in JupyterLab."""

from __future__ import annotations

from html import escape
from typing import Any

from jinja2 import Environment, Template
from markupsafe import Markup

from grader.verdict import MIME, Observation, Status, Verdict

MARKS = {
    Status.PASSED: ("✓", "#1a7f37", "passed"),
    Status.WRONG: ("✗", "#cf222e", "not yet"),
    Status.CRASHED: ("!", "#9a6700", "your code stopped with an error"),
    Status.NOT_ATTEMPTED: ("○", "#6e7781", "not attempted yet"),
    Status.FAULT: ("⚠", "#8250df", "a fault of the check, not yours"),
}

DETAILS = (("seen", "seen"), ("expected", "expected"), ("why", "why"), ("next", "try"))

NOTED = ("✓", "#57606a")
"""For an answer that is noted but not judged yet."""


def bundle(verdict: Verdict) -> dict[str, Any]:
    """The verdict for a notebook: as text, as HTML, and as the data that grading reads back."""
    return {"text/plain": text(verdict), "text/html": html(verdict), MIME: verdict.to_json()}


def _mark(verdict: Verdict) -> tuple[str, str, str]:
    """The mark, its color and the words next to it."""
    if verdict.passed_as and verdict.status is Status.PASSED:
        return *NOTED, verdict.passed_as
    return MARKS[verdict.status]


def text(verdict: Verdict) -> str:
    """The verdict in plain text: a line for each observation, with details below one that failed."""
    mark, _, words = _mark(verdict)
    lines = [f"{mark} {verdict.title}: {words}"]
    for observation in verdict.observations:
        lines += _text_of(observation)
    return "\n".join(lines)


def _text_of(observation: Observation) -> list[str]:
    if observation.ok:
        return [f"  ✓ {observation.about}: {observation.seen}"]
    lines = [f"  ✗ {observation.about}"]
    for name, label in DETAILS:
        if value := getattr(observation, name):
            first, *rest = value.splitlines()
            lines.append(f"      {label:>8}: {first}")
            lines += [" " * 16 + line for line in rest]
    return lines


def html(verdict: Verdict) -> str:
    """The verdict as a table. Styles are inline and colors follow JupyterLab's theme."""
    mark, colour, words = _mark(verdict)
    return TEMPLATE.render(
        verdict=verdict,
        mark=mark,
        colour=colour,
        words=words,
        fine=(mark, colour) if verdict.status is Status.PASSED else MARKS[Status.PASSED][:2],
        wrong=MARKS[Status.WRONG][:2],
        details=DETAILS,
        figure=_figure,
    )


def _figure(observation: Observation) -> str:
    """The figure of an observation that failed, as SVG, else an empty string; its description is in the text."""
    if observation.ok or observation.figure is None:
        return ""
    from course.see import diagram  # imported late: most verdicts have no figure, and this imports matplotlib's colors

    try:
        return diagram.drawn(observation.figure).svg
    except ValueError:  # a kind of figure that can't be drawn: the text has to do
        return ""


def _escape(words: str) -> str:
    """The text HTML-escaped, with `code` in backticks marked up as code."""
    parts = escape(words, quote=False).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


LINES = """
{% set cell %}
text-align:left;vertical-align:top;padding:2px 10px 2px 0;border:none;background:none;white-space:normal
{% endset %}
<div style="border-left:4px solid {{ colour }};padding:6px 12px;margin:4px 0;max-width:62em;
font-family:var(--jp-ui-font-family,sans-serif);font-size:13px;line-height:1.45;color:var(--jp-ui-font-color1,inherit)">
  <div style="font-weight:600;margin-bottom:4px">
    <span style="color:{{ colour }}">{{ mark }}</span> {{ verdict.title | plain }} {# the space stays #}
    <span style="color:{{ colour }};font-weight:400">· {{ words | code }}</span>
  </div>
  {% if verdict.observations %}
  <table style="border-collapse:collapse;margin:0;width:100%">
  {% for observation in verdict.observations %}
    {% set mark, colour = fine if observation.ok else wrong %}
    <tr style="background:none">
      <td style="{{ cell }};color:{{ colour }};width:1em">{{ mark }}</td>
      <td style="{{ cell }};width:14em">{{ observation.about | code }}</td>
      <td style="{{ cell }}">
      {% if observation.ok %}
        {{ observation.seen | code }}
      {% else %}
        {% for name, label in details if observation[name] %}
        <div style="white-space:pre-wrap">
          <span style="opacity:.65">{{ label }}</span> {{ observation[name] | code }}
        </div>
        {% endfor %}
      {% endif %}
      </td>
    </tr>
    {% set svg = figure(observation) %}
    {% if svg %}
    <tr style="background:none">
      <td style="{{ cell }}"></td>
      <td colspan="2" style="{{ cell }}"><div style="overflow-x:auto">{{ svg | safe }}</div></td>
    </tr>
    {% endif %}
  {% endfor %}
  </table>
  {% endif %}
</div>
"""


def _template() -> Template:
    """The table's template: its lines without the space around them, which a notebook would keep."""
    environment = Environment(autoescape=True)
    environment.filters["code"] = lambda words: Markup(_escape(words))
    environment.filters["plain"] = lambda words: Markup(escape(words))
    return environment.from_string("".join(line.strip() for line in LINES.splitlines()))


TEMPLATE = _template()
