from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import pytest

from textseg import schema

Line = tuple[str, str, str, float]
Written = tuple[str | None, str | None]


@pytest.fixture(scope="session")
def make_orders() -> Callable[..., pd.DataFrame]:
    """Order lines from (customer, order, date, amount); a negative amount is a return."""

    def make(*lines: Line, categories: Sequence[str | None] | None = None) -> pd.DataFrame:
        frame = pd.DataFrame(lines, columns=["customer_id", "order_id", "date", "amount"])
        frame["date"] = pd.to_datetime(frame["date"], format="ISO8601")
        frame["category"] = list(categories) if categories is not None else None
        frame["is_return"] = frame["amount"] < 0
        frame["quantity"] = 1.0
        return schema.checked(frame, schema.ORDERS)

    return make


@pytest.fixture(scope="session")
def make_feedback() -> Callable[..., pd.DataFrame]:
    """Feedback from (customer, date) pairs, with the topics given."""

    def make(*written: Written, topics: Sequence[int] | None = None) -> pd.DataFrame:
        frame = pd.DataFrame(written, columns=["customer_id", "created_at"])
        frame["customer_id"] = frame["customer_id"].astype("string")
        frame["created_at"] = pd.to_datetime(frame["created_at"]).astype(schema.TIME)
        frame["channel"] = pd.array([None] * len(frame), dtype="string")
        frame["topic_id"] = pd.array(list(topics) if topics else [-1] * len(frame), dtype="Int64")
        return frame

    return make
