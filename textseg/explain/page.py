"""An explanation as plain text and as HTML."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from textseg.explain.sentences import values
from textseg.report import numbers

if TYPE_CHECKING:
    from textseg.explain.explanation import Explanation

MOST = 10
"""Terms that are shown; the smaller ones are put together."""

HEADER = ("what", "share", "this customer", "typical here", "typical there")
_WIDTH = 100

_PAGE = """\
<div>
{% for sentence in it.sentences %}<p>{{ sentence }}</p>
{% endfor %}
{% if terms %}<table>
<thead><tr>{% for name in header %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in terms %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody>
</table>
{% endif %}
{% for side, about, text in quotes %}<blockquote><p>“{{ text }}”</p>\
<footer>{{ side }}: {{ about }}</footer></blockquote>
{% endfor %}
{% for note in it.notes %}<p><small>{{ note }}</small></p>
{% endfor %}
</div>
"""


def term_rows(it: Explanation) -> list[tuple[str, ...]]:
    """Write the terms for people, the strongest first, under :data:`HEADER`."""
    rows: list[tuple[str, ...]] = [
        (str(row["words"]), _share(float(row["share"])), *values(row))
        for row in it.terms.head(MOST).to_dict("records")
    ]
    rest = it.terms.iloc[MOST:]
    if len(rest):
        unknown = (numbers.UNKNOWN,) * 3
        rows.append((f"{len(rest)} smaller ones", _share(float(rest["share"].sum())), *unknown))
    return rows


def quote_rows(it: Explanation) -> list[tuple[str, str, str]]:
    """Write the quotes for people: the side they speak for, what they are about, the text."""
    rows = []
    for row in it.quotes.astype(object).where(it.quotes.notna(), None).to_dict("records"):
        date = f"{row['date']:%Y-%m-%d}" if row["date"] is not None else None
        about = (row["topic"], row["sentiment_label"], date)
        rows.append((row["side"], ", ".join(filter(None, about)), row["text"]))
    return rows


def text(it: Explanation) -> str:
    """Write an explanation as plain text."""
    lines = [line for sentence in it.sentences for line in textwrap.wrap(sentence, _WIDTH)]
    terms = term_rows(it)
    if terms:
        lines += ["", *_aligned([HEADER, *terms])]
    quotes = quote_rows(it)
    if quotes:
        lines.append("")
    for side, about, words in quotes:
        lines += textwrap.wrap(
            f"{side}: “{words}” ({about})", _WIDTH, initial_indent="", subsequent_indent="  "
        )
    for note in it.notes:
        lines += ["", *textwrap.wrap(f"Note: {note}", _WIDTH)]
    return "\n".join(lines)


def html(it: Explanation) -> str:
    """Write an explanation as a piece of HTML; all that customers wrote is escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_PAGE).render(
        it=it, header=HEADER, terms=term_rows(it), quotes=quote_rows(it)
    )


def _share(share: float) -> str:
    """Write a share with its sign, small ones with a decimal so that it means something."""
    text = f"{share:+.0%}" if abs(share) >= 0.01 else f"{share:+.1%}"
    return text.replace("-", "−")


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
