"""What a refresh says of old and new feedback, orders and customers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import textseg
from textseg.errors import ModelError, WorkspaceError
from textseg.refresh.changes import change_lines, change_notes
from textseg.schema import EXPORTS
from textseg.workspace import Workspace

KEY = ["source", "feedback_id"]
ABOUT_TEXTS = ["topic_id", "topic_name", "topic_confidence", "sentiment", "sentiment_label"]


def files(folder: Path, *but: str) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in {".lock", *but}
    }


def by_key(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index(KEY).sort_index()


def refuses(seg: textseg.Segmentation, *inputs: object, **options: object) -> tuple[str, str]:
    with pytest.raises(textseg.TextsegError) as caught:
        seg.refresh(*inputs, **options)
    return caught.value.message, caught.value.hint


def test_nothing_new_gives_the_same_bytes(workspace, shop):
    before, known = files(workspace), textseg.load(workspace)
    seg = known.refresh(shop.feedback, shop.orders, shop.customers)
    assert (seg.manifest["encoding"]["encoded"], seg.as_of) == (0, known.as_of)
    record = seg.save(workspace)
    after = files(workspace)
    assert record.run_id == "0002-2025-06-30"
    assert {name for name in after if after[name] != before.get(name)} == {
        "manifest.json", "report.html", "store.duckdb"
    }  # fmt: skip
    refresh = seg.manifest["refresh"]
    rows = refresh.pop("rows")
    assert {name: (counts["new"], counts["changed"]) for name, counts in rows.items()} == {
        "feedback": (0, 0), "orders": (0, 0), "customers": (0, 0)
    }  # fmt: skip
    assert rows["customers"]["same"] == len(shop.customers)
    assert refresh == {
        "from": "run 0001-2025-06-30",
        "found_by": "run 0001-2025-06-30",
        "customers": {"new": 0, "moved": 0},
        "moves": [],
        "unclustered": {
            "before": pytest.approx(known.feedback["topic_id"].lt(0).mean(), abs=0.02),
            "new": None,
            "n_new": 0,
        },
    }
    for name in ("segments", "topics", "sentiment"):
        own, old = (each.manifest["figures"][name] for each in (seg, known))
        assert own == old, name
    assert seg.manifest["data"] == known.manifest["data"]


def test_new_feedback_is_assigned_and_old_feedback_stays(workspace, refreshed, shop):
    before, after = textseg.load(workspace), textseg.load(refreshed)
    new = before.assign(shop.night)
    n_old, n_new = len(before.feedback), len(new.feedback)
    rows = after.manifest["refresh"]["rows"]
    assert rows == {"feedback": {"new": len(after.feedback) - n_old, "changed": 0, "same": 0}}
    assert n_new - 5 < rows["feedback"]["new"] <= n_new  # what was said before is not said again
    pd.testing.assert_frame_equal(
        after.feedback[:n_old].drop(columns="language"), before.feedback.drop(columns="language")
    )
    added = by_key(after.feedback[n_old:])[ABOUT_TEXTS]
    pd.testing.assert_frame_equal(added, by_key(new.feedback).loc[added.index, ABOUT_TEXTS])
    keys = pd.MultiIndex.from_frame(after.clauses[KEY])
    pd.testing.assert_frame_equal(
        after.clauses[~keys.isin(added.index)].reset_index(drop=True), before.clauses
    )
    columns = ["topic_id", "parent_id", "name", "keywords", "stability", "kind"]
    pd.testing.assert_frame_equal(
        by_topic(after.topics)[columns[1:]], by_topic(before.topics)[columns[1:]]
    )
    counts = after.feedback["topic_id"].value_counts()
    topics = after.topics[after.topics["kind"] == "topic"]
    assert (
        topics.set_index("topic_id")["n_feedback"].to_dict()
        == counts.drop(-1, errors="ignore").to_dict()
    )
    encoded = after.manifest["encoding"]["encoded"]
    assert 0 < encoded <= added.index.size + 5
    assert after.segments["name"].to_list() == before.segments["name"].to_list()
    assert after.segments["n_customers"].sum() == (after.customers["segment_id"] >= 0).sum()
    assert after.customers["n_feedback"].sum() == after.feedback["customer_id"].notna().sum()


def by_topic(topics: pd.DataFrame) -> pd.DataFrame:
    return topics.set_index("topic_id").sort_index()


def test_moves_are_those_between_the_exports(workspace, refreshed):
    before, after = (textseg.load(path).customers for path in (workspace, refreshed))
    changes = textseg.load(refreshed).manifest["refresh"]
    both = before.merge(after, on="customer_id", suffixes=("", "_now"))
    names = both[["segment_name", "segment_name_now"]].fillna("")
    moved = names[names["segment_name"] != names["segment_name_now"]]
    assert changes["customers"] == {
        "new": len(after) - len(before), "moved": len(moved)
    }  # fmt: skip
    assert sum(move["n_customers"] for move in changes["moves"]) == len(moved) > 0
    assert changes["moves"][0]["n_customers"] == moved.value_counts().max()
    history = Workspace.open(refreshed).runs()
    assert history["n_moved"].to_list() == [pd.NA, len(moved)]
    assert history["refreshed_from"].to_list() == [pd.NA, "0001-2025-06-30"]


def test_nothing_known_is_encoded_again(refreshed, shop):
    seg = textseg.load(refreshed).refresh(shop.night.iloc[:20])
    assert seg.manifest["encoding"]["encoded"] == 0
    rows = seg.manifest["refresh"]["rows"]["feedback"]
    assert (rows["new"], rows["changed"]) == (0, 0)
    assert rows["same"] >= 15
    for name in ("feedback", "customers", "segments", "topics", "clauses", "customer_topics"):
        pd.testing.assert_frame_equal(
            getattr(seg, name), getattr(textseg.load(refreshed), name), check_exact=True
        )


def test_the_run_that_found_the_topics_stays_named(refreshed, shop):
    seg = textseg.load(refreshed).refresh(shop.night.iloc[:1])
    refresh = seg.manifest["refresh"]
    assert (refresh["from"], refresh["found_by"]) == ("run 0002-2025-06-30", "run 0001-2025-06-30")
    assert seg.notes[0] == (
        "Topics, segments and their names are those of run 0001-2025-06-30; only the counts are "
        "new."
    )


def test_a_changed_text_is_encoded_and_replaced(workspace, shop):
    seg = textseg.load(workspace)
    row = seg.feedback[seg.feedback["customer_id"].notna()].iloc[:1]
    changed = shop.feedback[shop.feedback["feedback_id"] == row["feedback_id"].item()].assign(
        text="Where is my parcel? Nobody answers the telephone."
    )
    after = seg.refresh(changed)
    assert after.manifest["refresh"]["rows"] == {
        "feedback": {"new": 0, "changed": 1, "same": 0}
    }  # fmt: skip
    assert after.manifest["encoding"]["encoded"] > 0
    assert len(after.feedback) == len(seg.feedback)
    at = after.feedback["feedback_id"] == row["feedback_id"].item()
    assert after.feedback.loc[at, "text"].to_list() == changed["text"].to_list()
    pd.testing.assert_frame_equal(after.feedback[~at], seg.feedback[~at])


def test_orders_come_customers_change_and_stay(workspace, shop):
    known = textseg.load(workspace)
    buyer = (
        known.customers.dropna(subset="monetary").sort_values("monetary")["customer_id"].iloc[-1]
    )
    one = shop.orders[shop.orders["customer_id"] == buyer].iloc[:1]
    night = pd.concat(
        [one, one.assign(order_id="N1", customer_id="NEW", category="Spaceships"),
         one.assign(order_id="N2", quantity=-1)]
    )  # fmt: skip
    people = pd.DataFrame({"customer_id": ["NEW", buyer], "country": "AT", "age_group": 5})
    seg = known.refresh(shop.feedback.iloc[:0], night, people)
    rows = seg.manifest["refresh"]["rows"]
    assert rows["orders"] == {"new": 2, "changed": 0, "same": 1}
    assert rows["customers"] == {"new": 1, "changed": 1, "same": 0}
    assert seg.manifest["refresh"]["customers"]["new"] == 1
    paid = float((one["quantity"] * one["unit_price"]).iloc[0])
    now, then = (each.customers.set_index("customer_id") for each in (seg, known))
    assert now["monetary"][buyer] == pytest.approx(then["monetary"][buyer] - paid)
    assert now["frequency"][buyer] == then["frequency"][buyer]
    assert (now["is_silent"]["NEW"], now["monetary"]["NEW"]) == (True, pytest.approx(paid))
    assert now["segment_name"]["NEW"] in set(seg.segments["name"])
    others = then.index.drop(buyer)
    pd.testing.assert_frame_equal(now.loc[others], then.loc[others])
    seg.save(workspace)
    kept = Workspace.open(workspace).kept("0002-2025-06-30")
    assert (
        len(kept["orders"]) == known.manifest["data_quality"]["totals"]["transactions"]["kept"] + 2
    )
    table = kept["customers"].set_index("customer_id")
    assert len(table) == len(shop.customers) + 1
    assert (table["country"]["NEW"], table["age_group"]["NEW"]) == ("AT", "5")
    assert table["gender"].isna().sum() == 2 + shop.customers["gender"].isna().sum()
    assert set(table["newsletter_consent"].dropna()) == {True, False}
    again = textseg.load(workspace).refresh(shop.feedback.iloc[:1], night, people)
    assert again.manifest["refresh"]["rows"]["customers"] == {"new": 0, "changed": 0, "same": 2}
    assert again.manifest["refresh"]["rows"]["orders"] == {"new": 0, "changed": 0, "same": 3}


def test_a_quiet_night(workspace, shop):
    known = textseg.load(workspace)
    seg = known.refresh(shop.feedback.iloc[:0])
    assert seg.manifest["refresh"]["rows"] == {"feedback": {"new": 0, "changed": 0, "same": 0}}
    assert "The frame feedback has column names but no rows." in seg.notes
    for name in EXPORTS:
        pd.testing.assert_frame_equal(seg._frames[name], known._frames[name])


def test_what_the_run_has_never_seen(workspace):
    """One row of another language, another channel, by nobody, some days later."""
    night = pd.DataFrame(
        {"feedback_id": ["x"], "created_at": ["2025-07-04"], "channel": ["fax"],
         "text": ["荷物が届きませんでした。とても残念です。"]}
    )  # fmt: skip
    known = textseg.load(workspace)
    seg = known.refresh(night)
    assert seg.as_of == pd.Timestamp("2025-07-04")
    assert seg.feedback["language"].iloc[-1] == "ja"
    assert len(seg.feedback) == len(known.feedback) + 1
    now, then = seg.customers["recency_days"], known.customers["recency_days"]
    pd.testing.assert_series_equal(now, then + 4)
    assert seg.save(workspace).run_id == "0002-2025-07-04"


def test_a_day_before_the_runs_is_refused(workspace, shop):
    before = files(workspace)
    message, hint = refuses(textseg.load(workspace), shop.night, as_of="2025-06-29")
    assert message == (
        "The as-of date 2025-06-29 is before the 2025-06-30 of the run that is to be refreshed."
    )
    assert hint == "A refresh goes forward; textseg run can look back."
    assert files(workspace) == before
    later = textseg.load(workspace).refresh(shop.night.iloc[:1], as_of="2025-07-31")
    assert later.as_of == pd.Timestamp("2025-07-31")


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("weights", "0" * 64, "The run was made with the encoder all-MiniLM-L6-v2"),
        ("sentiment", "another", "The run was made with the sentiment model another"),
    ],
)
def test_another_model_is_refused(workspace, shop, part, value, message):
    seg = textseg.load(workspace)
    seg._metadata["encoder"] = {**seg._metadata["encoder"], part: value}
    before = files(workspace)
    with pytest.raises(ModelError) as caught:
        seg.refresh(shop.night)
    assert caught.value.message.startswith(message.partition(" all-")[0])
    assert files(workspace) == before


def test_names_by_a_language_model_are_not_asked_for_again(workspace, shop, monkeypatch):
    def ask(*_: object, **__: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr("textseg.naming.check_llm", ask)
    seg = textseg.load(workspace)
    topics = seg.config.topics.model_copy(update={"naming": "llm"})
    seg.config = seg.config.model_copy(update={"topics": topics})
    after = seg.refresh(shop.night.iloc[:5])
    assert list(after.topics["name"]) == list(seg.topics["name"])


def test_in_memory_and_then_saved(workspace, refreshed, shop, tmp_path):
    """A run that was never saved can be refreshed, and gives what the workspace gives."""
    loaded = textseg.load(workspace)
    seg = textseg.Segmentation(
        loaded._frames, loaded._fitted, loaded.config, loaded.manifest, loaded._metadata,
        quality=loaded.quality, kept=loaded._kept, encodings=loaded._encodings,
    )  # fmt: skip
    after = seg.refresh(shop.night)
    assert (after.manifest["refresh"]["from"], after.notes[0][:58]) == (
        "the run before", "Topics, segments and their names are those of the run befo"
    )  # fmt: skip
    after.save(tmp_path / "new")
    assert files(tmp_path / "new" / "exports") == files(refreshed / "exports")
    chained = after.refresh(shop.night.iloc[:3])
    assert chained.manifest["refresh"]["from"] == "run 0001-2025-06-30"
    assert chained.manifest["refresh"]["found_by"] == "the run before"
    chained.save(tmp_path / "new")
    assert Workspace.open(tmp_path / "new").runs()["refreshed_from"].to_list() == [
        pd.NA, "0001-2025-06-30"
    ]  # fmt: skip


def test_only_the_latest_run_of_a_workspace_is_refreshed(refreshed, shop):
    message, hint = refuses(textseg.load(refreshed, run="0001-2025-06-30"), shop.night)
    assert message == (
        f"Run 0001-2025-06-30 in {refreshed / 'store.duckdb'} is not the latest: orders are kept "
        "for that only."
    )
    assert hint == "Refresh the latest, 0002-2025-06-30, or run again."


def test_an_earlier_run_can_be_saved_elsewhere_and_not_refreshed_there(refreshed, shop, tmp_path):
    seg = textseg.load(refreshed, run="0001-2025-06-30")
    seg.save(tmp_path / "copy")
    exports = files(tmp_path / "copy" / "exports")
    assert set(exports) == set(files(refreshed / "exports"))
    message, _ = refuses(textseg.load(tmp_path / "copy"), shop.night)
    assert "is of an earlier version and cannot be refreshed" in message


def test_of_two_refreshes_of_one_run_the_second_is_refused(workspace, shop):
    one, two = (textseg.load(workspace).refresh(shop.night.iloc[:5]) for _ in range(2))
    one.save(workspace)
    before = files(workspace)
    with pytest.raises(WorkspaceError) as caught:
        two.save(workspace)
    assert caught.value.message == (
        f"{workspace / 'store.duckdb'} has got a newer run or edit than 0001-2025-06-30 meanwhile."
    )
    assert files(workspace, "store.duckdb") == {
        name: data for name, data in before.items() if name != "store.duckdb"
    }
    assert len(Workspace.open(workspace).runs()) == 2


def test_a_refresh_of_what_was_edited_meanwhile_is_refused(workspace, shop):
    seg = textseg.load(workspace).refresh(shop.night.iloc[:5])
    textseg.edit_topics(workspace, "pin", 0)
    with pytest.raises(WorkspaceError, match="a newer run or edit than 0001-2025-06-30 meanwhile"):
        seg.save(workspace)
    assert len(Workspace.open(workspace).runs()) == 1


def test_a_failure_in_the_midst_leaves_the_workspace(workspace, shop, monkeypatch):
    before, seg = files(workspace), textseg.load(workspace).refresh(shop.feedback.iloc[:5])

    def fail(*_: object) -> None:
        raise RuntimeError("in the midst")

    monkeypatch.setattr("textseg.workspace.store.insert_arrays", fail)
    with pytest.raises(RuntimeError, match="in the midst"):
        seg.save(workspace)
    monkeypatch.undo()
    after = files(workspace)
    assert {name for name in after if after[name] != before.get(name)} <= {
        "store.duckdb", "store.duckdb.wal"
    }  # fmt: skip
    assert set(Workspace.open(workspace).kept("0001-2025-06-30")) == {"orders", "customers"}
    assert seg.save(workspace).run_id == "0002-2025-06-30"


@pytest.fixture(scope="module")
def bare(shop, _fitted, tmp_path_factory):
    """A run on texts alone: no customers, no orders, no segments."""
    texts = shop.feedback.drop(columns="customer_id")
    folder = tmp_path_factory.mktemp("bare")
    encodings = Path(shutil.copytree(_fitted / "encodings", folder / "encodings"))
    textseg.Segmenter().fit(texts, encodings=encodings).save(folder)
    return folder


def test_customers_and_orders_come_first_in_a_refresh(bare, shop):
    base = textseg.load(bare)
    assert base.customers.empty
    seg = base.refresh(shop.night, shop.orders)
    rows = seg.manifest["refresh"]["rows"]
    assert rows["orders"] == {
        "new": seg.quality.totals()["transactions"]["kept"],
        "changed": 0,
        "same": 0,
    }
    assert seg.manifest["refresh"]["customers"] == {"new": len(seg.customers), "moved": 0}
    assert seg.segments.empty
    assert seg.customers["segment_id"].eq(-1).all()
    assert seg.customers["n_feedback"].sum() == seg.feedback["customer_id"].notna().sum() > 0
    assert seg.notes[-2:] == [
        "The run that was refreshed found no segments: run again once there are customers enough.",
        "Silent customers have no segment, as there were none when the segments were found: run "
        "again to give them one.",
    ]
    tiers = seg.customers["value_tier"].value_counts()
    assert set(tiers.index) == {"low", "mid", "high"}
    # The borders of the tiers are learned once: who spends much more is no reason to move others.
    rich = shop.orders.iloc[:9].assign(order_id=[f"R{n}" for n in range(9)], unit_price=9_999.0)
    after = seg.refresh(shop.night.iloc[:1], rich)
    bought = rich["customer_id"].dropna().unique()
    now, then = (each.customers.set_index("customer_id")["value_tier"] for each in (after, seg))
    pd.testing.assert_series_equal(now.drop(bought), then.drop(bought))
    assert seg.assign(shop.night, shop.orders).customers["value_tier"].notna().any()


def test_a_run_without_customers_goes_on_without(bare, shop):
    base = textseg.load(bare)
    seg = base.refresh(shop.night.drop(columns="customer_id"))
    assert seg.customers.empty
    assert seg.manifest["refresh"]["customers"] == {"new": 0, "moved": 0}
    assert len(seg.feedback) > len(base.feedback)
    assert "No orders: customers have no value, and none is silent." in seg.notes


def test_a_run_of_an_earlier_version_is_refused(workspace, shop):
    with duckdb.connect(str(workspace / "store.duckdb")) as connection:
        connection.execute("DROP TABLE kept")
        for column in ("refreshed_from", "n_moved"):
            connection.execute(f"ALTER TABLE runs DROP COLUMN {column}")
    message, hint = refuses(textseg.load(workspace), shop.night)
    assert message == (
        f"Run 0001-2025-06-30 in {workspace / 'store.duckdb'} is of an earlier version and cannot "
        "be refreshed."
    )
    assert hint == "Run once more with textseg run; then it can."


def test_new_feedback_without_topics_is_pointed_out():
    shares = {"before": 0.04, "new": 0.5, "n_new": 20}
    first, second = change_notes({"unclustered": shares}, "run 1")
    assert second == (
        "50% of the new feedback has no topic, 4% of the earlier: textseg run would look for new "
        "ones."
    )
    for less in ({"n_new": 19}, {"new": 0.07}, {"before": 0.3}, {"new": None, "n_new": 0}):
        assert change_notes({"unclustered": shares | less}, "run 1") == [first]
    assert len(change_notes({"unclustered": shares | {"before": None}}, "run 1")) == 2


def test_changes_are_said_in_numbers_that_agree():
    rows = {
        "feedback": {"new": 1200, "changed": 0, "same": 3},
        "orders": {"new": 1, "changed": 2, "same": 0},
    }
    assert change_lines({"rows": rows, "customers": {"new": 0, "moved": 1}}) == [
        "Feedback: 1,200 new, 0 changed, 3 known already.",
        "Order lines: 1 new, 2 changed, 0 known already.",
        "0 new customers; 1 customer is in another segment than before.",
    ]


def test_the_manifest_on_disk_tells_the_refresh(refreshed):
    manifest = json.loads((refreshed / "manifest.json").read_text())
    assert manifest["refresh"] == textseg.load(refreshed).manifest["refresh"]
    assert manifest["run_id"] == "0002-2025-06-30"
