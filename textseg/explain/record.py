"""What a run knows of one customer; nobody else's texts are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from textseg.errors import InputError, did_you_mean
from textseg.ingest.cells import as_text, without_missing
from textseg.ingest.ids import normalise_ids

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COLUMNS = (
    "feedback_id, source, text, customer_id, created_at, channel, topic_id, topic_name, "
    "sentiment, sentiment_label"
)
_NEAREST = 12

_TOPIC_SHARES = """
SELECT c.segment_id, f.topic_id, count(*) / sum(count(*)) OVER (PARTITION BY c.segment_id) AS share
FROM run_feedback f JOIN run_customers c USING (customer_id)
WHERE c.segment_id >= 0
GROUP BY c.segment_id, f.topic_id
"""


@dataclass(frozen=True)
class Record:
    """One customer in a run.

    Attributes
    ----------
    customer : dict of str to Any
        The row of the export ``customers``; what is null is not there.
    feedback : DataFrame
        Their feedback in the order of the run, with the columns that explaining needs.
    segments : dict of int to str
        Names by id.
    topics : dict of int to str
        Names by id.
    topic_shares : dict of (int, int) to float
        Share of a topic in the feedback of a segment, by segment and topic.
    """

    customer: dict[str, Any]
    feedback: pd.DataFrame
    segments: dict[int, str]
    topics: dict[int, str]
    topic_shares: dict[tuple[int, int], float]

    @property
    def customer_id(self) -> str:
        """The id, as text."""
        return str(self.customer["customer_id"])

    @property
    def segment_id(self) -> int:
        """The segment that the run gave; −1 for none."""
        return int(self.customer["segment_id"])

    @classmethod
    def read(
        cls,
        connection: DuckDBPyConnection,
        customer: object,
    ) -> Record:
        """Look a customer up.

        Parameters
        ----------
        connection : DuckDBPyConnection
            With the relations of :mod:`textseg.search.runs`.
        customer : object
            Id, as text or number.

        Raises
        ------
        InputError
            There is no such customer.
        """
        from textseg.workspace.rows import query_frame

        for wanted in _spellings(customer):
            found = query_frame(
                connection, "SELECT * FROM run_customers WHERE customer_id = ?", [wanted]
            )
            if not found.empty:
                break
        else:
            raise _unknown(connection, wanted)
        feedback = query_frame(
            connection,
            f"SELECT {_COLUMNS} FROM run_feedback WHERE customer_id = ? ORDER BY position",
            [wanted],
        )
        feedback["created_at"] = feedback["created_at"].astype("datetime64[ns]")
        shares = connection.execute(_TOPIC_SHARES).fetchall()
        names = {
            of: dict(connection.execute(f"SELECT {of}_id, name FROM run_{of}s").fetchall())
            for of in ("segment", "topic")
        }
        return cls(
            customer={str(name): value for name, value in found.iloc[0].dropna().items()},
            feedback=feedback,
            segments=names["segment"],
            topics=names["topic"],
            topic_shares={(segment, topic): share for segment, topic, share in shares},
        )


def _spellings(customer: object) -> list[str]:
    """Spell an id as ingest does in a column of texts, and in one of numbers, without ".0"."""
    value = pd.Series([customer])
    spelled = [without_missing(as_text(value)).iloc[0], normalise_ids(value).iloc[0]]
    return list(dict.fromkeys("" if pd.isna(each) else str(each) for each in spelled))


def _unknown(connection: DuckDBPyConnection, wanted: str) -> InputError:
    ((n,),) = connection.execute("SELECT count(*) FROM run_customers").fetchall()
    nearest = connection.execute(
        "SELECT customer_id FROM run_customers "
        "ORDER BY levenshtein(lower(customer_id), lower(?)), customer_id LIMIT ?",
        [wanted, _NEAREST],
    ).fetchall()
    hint = did_you_mean(wanted, [each for (each,) in nearest])
    if n > _NEAREST and hint.startswith("There are:"):
        hint = f"Ids look like {', '.join(repr(each) for (each,) in nearest[:3])}."
    return InputError(f"There is no customer {wanted!r} among the {n:,} of this run.", hint=hint)
