"""Who writes when about what: the feedback of the shop, and the truth about it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from textseg.simulate.orders import AFTER, DAYS, START, clock
from textseg.simulate.people import draw_mixes
from textseg.simulate.phrases import Dice, load_products, load_topics
from textseg.simulate.writer import Brief, Written, write_text

OFF_TOPIC = 0.15
_FURTHER_TEXTS = 1.9
_CHANNELS = ("review", "ticket", "survey")
_CHANNEL_SHARES = {
    "positive": (0.62, 0.10, 0.28),
    "neutral": (0.26, 0.5, 0.24),
    "negative": (0.35, 0.5, 0.15),
}
_STARS = {"positive": 4.65, "neutral": 3.2, "negative": 1.65}
_TRUTH = ["topic", "sentiment", "second_topic", "second_sentiment"]


def draw_feedback(
    people: pd.DataFrame, lines: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw all feedback in the order of time, public columns and truth side by side."""
    mixes = draw_mixes(people, rng)
    table = _plan(people, lines, mixes, rng)
    table = pd.concat([table, _texts(table, people, lines, mixes, rng)], axis=1)
    table["customer_id"] = people["customer_id"].to_numpy()[table["owner"]]
    table["rating"] = _ratings(table, rng)
    table = _echo(table, rng)
    table = _double(table, rng)
    table = _forget_some(table, rng)
    table = table.sort_values("created_at", kind="stable", ignore_index=True)
    table.insert(0, "feedback_id", [f"F-{number:06d}" for number in range(1, len(table) + 1)])
    return table


def _plan(
    people: pd.DataFrame, lines: pd.DataFrame, mixes: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw writer, topic, sentiment, channel, order line and time of every feedback."""
    topics = load_topics()
    writers = np.flatnonzero(~people["silent"].to_numpy())
    counts = 1 + rng.poisson(rng.gamma(1.8, _FURTHER_TEXTS / 1.8, len(writers)))
    owner = np.repeat(writers, counts)
    n = len(owner)

    shares = mixes[owner]
    shares[rng.random(n) < OFF_TOPIC] = 1.0 / len(topics)
    place = (rng.random((n, 1)) > np.cumsum(shares, axis=1)).sum(axis=1)
    topic = np.minimum(place, len(topics) - 1)

    bias = np.array([about.bias for about in topics])[topic]
    score = people["mood"].to_numpy()[owner] + bias + rng.normal(0.0, 0.45, n)
    sentiment = np.select([score > 0.18, score < -0.12], ["positive", "negative"], "neutral")
    shares = np.array([_CHANNEL_SHARES[mood] for mood in sentiment]).reshape(n, len(_CHANNELS))
    channel = np.minimum((rng.random((n, 1)) > np.cumsum(shares, axis=1)).sum(axis=1), 2)

    line = _order_line(owner, len(people), lines, rng)
    return pd.DataFrame(
        {
            "owner": owner,
            "topic_place": topic,
            "mood": sentiment,
            "channel": np.array(_CHANNELS)[channel],
            "line": line,
            "created_at": _times(line, lines, rng),
        }
    )


def _order_line(
    owner: np.ndarray, n_people: int, lines: pd.DataFrame, rng: np.random.Generator
) -> np.ndarray:
    """Give the order line that a feedback starts from; -1 for people without orders."""
    by_owner = np.argsort(lines["owner"].to_numpy(), kind="stable")
    counts = np.bincount(lines["owner"], minlength=n_people)
    first = np.cumsum(counts) - counts
    place = first[owner] + np.floor(rng.random(len(owner)) * counts[owner]).astype(int)
    known = np.append(by_owner, -1)
    line: np.ndarray = np.where(counts[owner] > 0, known[np.minimum(place, len(by_owner))], -1)
    return line


def _times(line: np.ndarray, lines: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Write one to a few weeks after the order, or at any time without one."""
    n = len(line)
    anywhere = clock(rng.uniform(0, DAYS, n), rng)
    if not len(lines):
        return anywhere
    ordered = lines["date"].to_numpy("datetime64[ns]")[line]
    day = (ordered - START) // np.timedelta64(1, "D")
    wait = np.minimum(1.0 + rng.exponential(16.0, n), (DAYS - day) * rng.uniform(0.3, 0.98, n))
    later = clock(day + wait, rng)
    # On the shop's last day there is only the evening left.
    evening = np.minimum(ordered + np.timedelta64(20, "m"), AFTER - np.timedelta64(1, "s"))
    times: np.ndarray = np.where(line < 0, anywhere, np.where(later > ordered, later, evening))
    return times.astype("datetime64[s]").astype("datetime64[ns]")


def _texts(
    table: pd.DataFrame,
    people: pd.DataFrame,
    lines: pd.DataFrame,
    mixes: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Write the texts one by one; columns of Written."""
    topics, products, dice = load_topics(), load_products(), Dice(rng)
    names = [topic.name for topic in topics]
    garments = [product for product in products if product.garment]
    person = people[["language", "habit", "sloppiness", "curly"]].to_dict("list")
    bought = lines[["order_id", "product", "unit_price"]].to_dict("list")
    written: list[Written] = []
    said: dict[int, set[str]] = {}
    columns = (table[name].tolist() for name in ("owner", "topic_place", "mood", "channel", "line"))
    for owner, place, mood, channel, line in zip(*columns, strict=True):
        product = products[bought["product"][line]] if line >= 0 else dice.pick(products)
        if topics[place].garment and not product.garment:
            product, line = dice.pick(garments), -1
        brief = Brief(
            topic=topics[place],
            kind="question" if mood == "neutral" and channel == "ticket" else mood,
            channel=channel,
            language=person["language"][owner],
            habit=person["habit"][owner],
            sloppiness=person["sloppiness"][owner],
            curly=person["curly"][owner],
            product=product,
            price=bought["unit_price"][line] if line >= 0 else product.price,
            order_id=bought["order_id"][line] if line >= 0 else None,
            person=owner,
            said=said.setdefault(owner, set()),
            interests=dict(zip(names, mixes[owner].tolist(), strict=True)),
        )
        written.append(write_text(brief, dice))
    fields = ["text", *_TRUTH, "free"]
    frame = pd.DataFrame({name: [getattr(item, name) for item in written] for name in fields})
    return frame.assign(language=people["language"].to_numpy()[table["owner"]])


def _ratings(table: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Give stars to reviews and most surveys: they follow the sentiment, with noise."""
    stars = table["sentiment"].map(_STARS).to_numpy(dtype=float)
    second = table["second_sentiment"].map(_STARS).to_numpy(dtype=float)
    stars = np.where(np.isnan(second), stars, 0.7 * stars + 0.3 * second)
    stars = np.clip(np.round(stars + rng.normal(0.0, 0.65, len(table))), 1, 5)
    stars = np.where(rng.random(len(table)) < 0.01, 6 - stars, stars)
    skipped = (table["channel"] == "survey") & (rng.random(len(table)) < 0.15)
    return pd.Series(np.where((table["channel"] == "ticket") | skipped, np.nan, stars)).astype(
        "Int64"
    )


def _echo(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Let a few people write exactly what somebody else wrote."""
    takes = table["channel"] == "review"
    for _, group in table[takes].groupby(["language", "mood"], sort=True):
        sources = group.index[group["free"]].to_numpy()
        number = min(round(0.03 * len(group)), len(sources))
        if number:
            here = rng.choice(group.index.to_numpy(), number, replace=False)
            there = rng.choice(sources, number)
            fields = ["text", *_TRUTH]
            table.loc[here, fields] = table.loc[there, fields].to_numpy()
    return table


def _double(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Send a few feedback twice: same customer, same text, same day."""
    twice = table.sample(n=round(0.012 * len(table)), random_state=rng)
    midnight = twice["created_at"].dt.normalize() + pd.Timedelta(days=1)
    wait = pd.to_timedelta(rng.integers(15, 5400, len(twice)), unit="s")
    later = twice["created_at"] + wait
    twice["created_at"] = later.where(later < midnight, twice["created_at"])
    return pd.concat([table, twice], ignore_index=True)


def _forget_some(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Lose the customer of a few reviews, never of somebody's only feedback."""
    several = table["owner"].duplicated()
    lost = several & (table["channel"] == "review") & (rng.random(len(table)) < 0.05)
    return table.assign(customer_id=table["customer_id"].mask(lost))
