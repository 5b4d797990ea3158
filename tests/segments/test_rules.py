from __future__ import annotations

import json

import duckdb
import numpy as np
import pandas as pd
import pytest

from textseg.errors import InputError
from textseg.schema import exported
from textseg.segments.rules import Condition, Feature, Rules, fit_rules
from textseg.segments.rules.tree import DEPTH, readable

NAMES = ["Sizing", 'The "best" fit; -- ', "Late\ndelivery"]


def make_run(n=300, *, seed=0, n_silent=30, names=NAMES, orders=True):
    """Three segments in planted boxes, silent customers by tier, and some with neither."""
    rng = np.random.default_rng(seed)
    shares = rng.integers(0, 5, (n, 3)) / 10
    shares[:, 0] = rng.choice([0, 0.1, 0.2, 0.6, 0.7], n)
    shares = np.round(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1), 6)
    mood = rng.choice([-0.8, -0.5, 0.1, 0.6], n)
    label = np.where(shares[:, 0] > 0.3, np.where(mood < -0.2, 0, 1), 2)
    who = [f"c{i:04}" for i in range(n + n_silent + 5)]
    tiers = ["low", "mid", "high"] * (n_silent // 3)
    money = rng.gamma(2, 50, n)
    money[::7] = np.nan
    customers = pd.DataFrame(
        {
            "customer_id": who,
            "segment_id": [*label, *[{"low": 4, "mid": 4, "high": 3}[t] for t in tiers], *[-1] * 5],
            "is_silent": [False] * n + [True] * n_silent + [False] * 5,
            "n_feedback": [*rng.integers(1, 5, n), *[0] * (n_silent + 5)],
            "sentiment": [*mood, *[None] * (n_silent + 5)],
            "scale_urgency": [*rng.normal(size=n), *[None] * (n_silent + 5)],
        }
    )
    if orders:
        rest = [*([10.0] * n_silent), *[None] * 5]
        customers["monetary"] = [*money, *rest]
        customers["recency_days"] = [*np.where(np.isnan(money), np.nan, 30.0), *rest]
        customers["frequency"] = pd.array([*np.where(np.isnan(money), np.nan, 2), *rest], "Int64")
        customers["value_tier"] = [*[None] * n, *tiers, *[None] * 5]
    rows, topic = np.nonzero(shares)
    customer_topics = pd.DataFrame(
        {"customer_id": np.array(who)[rows], "topic_id": topic, "share": shares[rows, topic],
         "sentiment": 0.0, "n": 1}
    )  # fmt: skip
    topics = pd.DataFrame(
        {"topic_id": [0, 1, 2, 3], "parent_id": [None, 3, 3, None], "name": [*names, "Goods"],
         "keywords": "", "n_feedback": 1, "share": 0.1, "example_ids": "",
         "kind": ["topic"] * 3 + ["theme"], "hidden": False}
    )  # fmt: skip
    segments = pd.DataFrame(
        {"segment_id": range(5), "kind": ["text"] * 3 + ["value"] * 2,
         "name": ["Complaints", "It's \"fine\"\nDROP", "Others", "Silent, high", "Silent, rest"],
         "description": "", "n_customers": 1, "share": 0.2}
    )  # fmt: skip
    frames = {
        "customers": customers, "customer_topics": customer_topics, "topics": topics,
        "segments": segments,
    }  # fmt: skip
    return {name: exported(name, frame) for name, frame in frames.items()}


def run_sql(rules, frames, tmp_path, **names):
    names = {"customers": "customers", "customer_topics": "customer_topics", **names}
    with duckdb.connect() as connection:
        for export, name in names.items():
            path = tmp_path / f"{export}.parquet"
            frames[export].to_parquet(path)
            quoted = '"' + name.replace('"', '""') + '"'
            connection.execute(f"CREATE VIEW {quoted} AS FROM '{path}'")
        found = connection.execute(rules.to_sql(**names)).df()
    assert list(found.columns) == ["customer_id", "segment_id"]
    return found.set_index("customer_id")["segment_id"]


@pytest.fixture(scope="module")
def frames():
    return make_run()


@pytest.fixture(scope="module")
def rules(frames):
    return fit_rules(**frames, seed=0)


def test_planted_boxes_are_found_with_their_borders(rules):
    table = rules.table.set_index("segment_id")
    assert table["rule"].tolist() == [
        "Sizing share above 30% and sentiment at most 0",
        "Sizing share above 30% and sentiment above 0",
        "Sizing share at most 30%",
        "No feedback and value tier high",
        "No feedback and value tier mid or low",
    ]
    assert table["precision"].tolist() == table["recall"].tolist() == [1.0] * 5
    assert rules.fidelity.in_sample == 1.0
    assert rules.fidelity.cross_validated == 1.0


def test_the_table_counts_whom_each_rule_selects(rules, frames):
    own = rules.assign(frames["customers"], frames["customer_topics"])
    for row in rules.table.itertuples():
        assert row.n_customers == (own == row.segment_id).sum()
    assert dict(rules.table.dtypes.astype(str)) == {
        "segment_id": "Int64", "segment_name": "string", "rule": "string",
        "precision": "float64", "recall": "float64", "n_customers": "Int64",
    }  # fmt: skip


def test_precision_recall_and_fidelity_are_those_of_the_labels(frames):
    rng = np.random.default_rng(5)
    customers = frames["customers"].copy()
    texts = np.flatnonzero(customers["n_feedback"] > 0)
    some = rng.choice(texts, 60, replace=False)
    customers.loc[some, "segment_id"] = rng.integers(0, 3, 60)
    rules = fit_rules(**{**frames, "customers": customers}, seed=0)
    own = rules.assign(customers, frames["customer_topics"]).to_numpy()
    truth = customers["segment_id"].to_numpy()
    for row in rules.table.itertuples():
        both = ((own == row.segment_id) & (truth == row.segment_id)).sum()
        assert row.precision == pytest.approx(both / (own == row.segment_id).sum(), abs=1e-6)
        assert row.recall == pytest.approx(both / (truth == row.segment_id).sum(), abs=1e-6)
    assert rules.fidelity.in_sample == pytest.approx((own == truth)[texts].mean(), abs=1e-6)
    assert rules.fidelity.cross_validated <= rules.fidelity.in_sample < 1
    sizes = pd.Series(truth[texts]).value_counts(normalize=True)
    assert rules.fidelity.largest == pytest.approx(sizes.max(), abs=1e-6)


def test_segments_of_pure_chance_are_not_rediscovered_out_of_sample(frames):
    rng = np.random.default_rng(1)
    customers = frames["customers"].copy()
    texts = customers["n_feedback"] > 0
    customers.loc[texts, "segment_id"] = rng.integers(0, 3, texts.sum())
    fidelity = fit_rules(**{**frames, "customers": customers}, seed=0).fidelity
    assert fidelity.cross_validated < 0.45
    assert fidelity.in_sample > fidelity.cross_validated


@pytest.mark.parametrize("seed", range(4))
def test_sql_gives_each_customer_the_segment_of_the_tree(seed, tmp_path):
    frames = make_run(seed=seed)
    rng = np.random.default_rng(seed)
    customers = frames["customers"]
    texts = (customers["n_feedback"] > 0).to_numpy()
    # Segments that only many conditions, nulls and theme shares among them, can tell apart.
    money = customers["monetary"].to_numpy()
    label = np.where(np.isnan(money), 0, np.where(money > np.nanmedian(money), 1, 2))
    label = np.where(rng.random(len(label)) < 0.1, 1, label)
    customers = customers.assign(segment_id=customers["segment_id"].where(~texts, label))
    frames = {**frames, "customers": customers}
    rules = fit_rules(**frames, seed=seed)
    assert any(feature.name in ("monetary", "recency_days") for feature in rules.features)
    own = rules.assign(customers, frames["customer_topics"])
    found = run_sql(rules, frames, tmp_path)
    assert len(found) == len(own)
    assert found.reindex(own.index).tolist() == own.tolist()


def test_shares_and_themes_in_sql(tmp_path):
    frames = make_run()
    theme = frames["customer_topics"][frames["customer_topics"]["topic_id"] > 0]
    total = theme.groupby("customer_id")["share"].sum()
    customers = frames["customers"]
    share = customers["customer_id"].map(total).fillna(0).round(6)
    texts = customers["n_feedback"] > 0
    label = (share > 0.4).astype("Int64") * 2
    frames["customers"] = customers.assign(segment_id=customers["segment_id"].where(~texts, label))
    rules = fit_rules(**frames, seed=0)
    assert rules.table.loc[2, "rule"] == "Theme Goods share above 40%"
    assert pd.isna(rules.table.loc[1, "rule"])
    assert pd.isna(rules.table.loc[1, "precision"])
    own = rules.assign(frames["customers"], frames["customer_topics"])
    assert run_sql(rules, frames, tmp_path).reindex(own.index).tolist() == own.tolist()
    assert (own[texts.to_numpy()] == label[texts].to_numpy()).all()


def test_tables_may_have_any_name(rules, frames, tmp_path):
    names = {"customers": 'my "own" customers; --', "customer_topics": "order"}
    names["customer_topics"] = "select 1"
    own = rules.assign(frames["customers"], frames["customer_topics"])
    assert run_sql(rules, frames, tmp_path, **names).reindex(own.index).tolist() == own.tolist()


def test_names_cannot_leave_their_comments(tmp_path):
    evil = ["x\nFROM secrets --", "y\u2028, 1", "z\r; DROP TABLE customers; --\x00'"]
    frames = make_run(names=evil)
    rules = fit_rules(**frames, seed=0)
    assert all(sign.isprintable() or sign == "\n" for sign in rules.to_sql())
    own = rules.assign(frames["customers"], frames["customer_topics"])
    assert run_sql(rules, frames, tmp_path).reindex(own.index).tolist() == own.tolist()


def test_json_round_trip(rules):
    text = json.dumps(rules.to_json(), allow_nan=False)
    again = Rules.from_json(json.loads(text))
    assert again == rules
    assert again.to_sql() == rules.to_sql()
    pd.testing.assert_frame_equal(again.table, rules.table)


def test_json_says_all_that_is_needed(rules):
    data = rules.to_json()
    first = data["rules"][0]
    assert first["words"] == "Sizing share above 30% and sentiment at most 0"
    assert first["paths"][0]["conditions"] == [
        {"feature": "topic_0_share", "above": 0.3, "at_most": None},
        {"feature": "sentiment", "above": None, "at_most": 0.0},
    ]
    assert {"name": "topic_0_share", "label": "Sizing share", "topics": [0], "null": 0.0} in data[
        "features"
    ]


@pytest.mark.parametrize(
    ("name", "topics"),
    [("1; DROP TABLE customers", []), ("topic_1_share, (SELECT 1) x", [1]), ("segment_id", [])],
)
def test_json_cannot_bring_sql_along(rules, name, topics):
    data = rules.to_json()
    data["features"][0] = {"name": name, "label": "", "topics": topics, "null": 0}
    with pytest.raises(InputError) as caught:
        Rules.from_json(data)
    assert caught.value.message == (
        "Rules as textseg writes them were expected; a field is missing or wrong: "
        f"no feature is called {name}."
    )


def test_json_of_another_format(rules):
    with pytest.raises(InputError, match=r"^Rules of format 1 were expected, got 2\.$"):
        Rules.from_json({**rules.to_json(), "format": 2})


def test_the_order_of_rows_does_not_matter(rules, frames):
    mixed = {
        name: frame.sample(frac=1, random_state=place).reset_index(drop=True)
        for place, (name, frame) in enumerate(frames.items())
    }
    assert fit_rules(**mixed, seed=0) == rules


def test_paths_are_short_and_ask_each_feature_once():
    frames = make_run(seed=3)
    rng = np.random.default_rng(0)
    customers = frames["customers"]
    texts = (customers["n_feedback"] > 0).to_numpy()
    label = np.digitize(customers["scale_urgency"].fillna(0), [-1, 0, 1]) % 3
    label = np.where(rng.random(len(label)) < 0.05, 0, label)
    frames["customers"] = customers.assign(segment_id=customers["segment_id"].where(~texts, label))
    rules = fit_rules(**frames, seed=0)
    for rule in rules.rules:
        for path in rule.paths:
            asked = [condition.feature for condition in path.conditions]
            assert len(asked) == len(set(asked)) <= DEPTH
    middle = next(c for c in rules.rules[1].paths[0].conditions if c.feature == "scale_urgency")
    assert (middle.above, middle.at_most) == (pytest.approx(-1, abs=0.1), pytest.approx(0, abs=0.1))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition("frequency", above=2), "number of orders above 2"),
        (Condition("monetary", at_most=12000), "net spend at most 12,000"),
        (Condition("sentiment", -0.5, 0.25), "sentiment above -0.5 and at most 0.25"),
        (Condition("topic_1_share", above=0.07), "Fit share above 7%"),
        (Condition("recency_days", above=90),
         "days since the last order above 90 or never ordered"),
        (Condition("recency_days", at_most=90), "days since the last order at most 90"),
        (Condition("recency_days", above=500_000), "never ordered"),
        (Condition("recency_days", at_most=500_000), "has ordered"),
        (Condition("recency_days", 90, 500_000), "days since the last order above 90"),
        (Condition("scale_churn_intent", above=1), "churn intent above 1"),
    ],
)  # fmt: skip
def test_words(condition, words):
    from textseg.segments.rules.features import label_of

    topics = (1,) if condition.feature == "topic_1_share" else ()
    label = "Fit share" if topics else label_of(condition.feature)
    assert condition.words(Feature(condition.feature, label, topics)) == words


def test_without_orders_nobody_is_asked_for_them():
    rules = fit_rules(**make_run(n_silent=0, orders=False), seed=0)
    assert {feature.name for feature in rules.features} == {"topic_0_share", "sentiment"}
    assert rules.table["rule"].isna().tolist() == [False, False, False, True, True]


def test_hidden_topics_make_no_rule(frames):
    hidden = frames["topics"].assign(hidden=frames["topics"]["topic_id"] == 0)
    rules = fit_rules(**{**frames, "topics": hidden}, seed=0)
    assert "topic_0_share" not in {feature.name for feature in rules.features}


def test_one_segment_is_everybody_who_writes(frames, tmp_path):
    texts = frames["customers"]["n_feedback"] > 0
    customers = frames["customers"].assign(segment_id=texts.map({True: 0, False: -1}))
    frames = {**frames, "customers": customers, "segments": frames["segments"].iloc[:1]}
    rules = fit_rules(**frames, seed=0)
    assert rules.table["rule"].tolist() == ["Any feedback"]
    assert (rules.fidelity.in_sample, rules.fidelity.cross_validated) == (1.0, None)
    found = run_sql(rules, frames, tmp_path)
    assert (found == 0).sum() == texts.sum()


def test_without_segments_there_are_no_rules(frames, tmp_path):
    customers = frames["customers"].assign(segment_id=-1)
    nothing = frames["segments"].iloc[:0]
    rules = fit_rules(**{**frames, "customers": customers, "segments": nothing}, seed=0)
    assert (len(rules.table), rules.fidelity.in_sample) == (0, None)
    assert (run_sql(rules, frames, tmp_path) == -1).all()
    assert Rules.from_json(rules.to_json()) == rules


@pytest.mark.parametrize(
    ("low", "high", "border"),
    [(1, 2, 1), (0, 0.07, 0), (-0.31, -0.18, -0.2), (0.381, 0.424, 0.4), (187.2, 233, 200),
     (0.123455, 0.123456, 0.123455), (-2, 5, 0), (8, 13, 10)],
)  # fmt: skip
def test_readable_borders(low, high, border):
    assert readable(low, high) == border
    assert low <= readable(low, high) < high
