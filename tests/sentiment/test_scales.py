from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from textseg.config import Config, ScaleConfig, make_config
from textseg.errors import ConfigError
from textseg.sentiment.scales import Scales, scale_columns, with_shipped

HELD_OUT = tomllib.loads(
    Path(__file__).with_name("scales_held_out.toml").read_text(encoding="utf-8")
)
SHIPPED = ("urgency", "churn_intent", "effort", "price_sensitivity")


def embed(texts: list[str]) -> np.ndarray:
    """A direction per letter: texts are near each other where they share letters."""
    counts = np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts])
    rows = counts + 0.1
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def scale(name: str = "own", high: tuple[str, ...] = ("aa",), low: tuple[str, ...] = ("bb",)):
    return ScaleConfig(name=name, high=high, low=low)


@pytest.fixture
def texts() -> list[str]:
    rng = np.random.default_rng(2)
    return ["".join(rng.choice(list("abcdefg"), 12)) for _ in range(300)]


def own(scales: Scales, embeddings: np.ndarray, name: str = "own") -> np.ndarray:
    return scales.score(embeddings)[:, scales.names.index(name)]


def test_the_shipped_scales_are_always_there_and_own_ones_follow():
    assert tuple(config.name for config in with_shipped([])) == SHIPPED
    mine = [scale("trust"), scale("effort"), scale("a")]
    merged = with_shipped(mine)
    assert tuple(config.name for config in merged) == (*SHIPPED, "trust", "a")
    assert merged[2] == mine[1]
    assert scale_columns(["urgency", "a"]) == ["scale_urgency", "scale_a"]


def test_every_shipped_scale_has_as_many_phrases_at_both_ends_and_none_twice():
    for config in with_shipped([]):
        assert len(config.high) == len(config.low) >= 8
        assert len({*config.high, *config.low}) == 2 * len(config.high)


def test_a_name_given_twice_is_an_error():
    with pytest.raises(ConfigError) as caught:
        with_shipped([scale("trust"), scale("trust")])
    assert caught.value.message == "Two tables of [[scales]] have the name 'trust'."


def test_scores_are_standardised_projections_on_the_way_from_low_to_high(texts):
    config = scale(high=("aa", "ab"), low=("ee",))
    scales = Scales.fit([config], embed, embed(texts))
    way = embed(["aa", "ab"]).astype(float).mean(axis=0) - embed(["ee"]).astype(float)[0]
    raw = embed(texts).astype(float) @ (way / np.linalg.norm(way))
    assert np.allclose(own(scales, embed(texts)), (raw - raw.mean()) / raw.std(), atol=1e-5)
    assert scales.directions.dtype == np.float32
    assert np.allclose(np.linalg.norm(scales.directions, axis=1), 1, atol=1e-6)
    scores = scales.score(embed(texts))
    assert scores.shape == (300, 5)
    assert scores.dtype == np.float64
    assert np.allclose(scores.mean(axis=0), 0)
    assert np.allclose(scores.std(axis=0), 1)


def test_swapped_ends_turn_the_scale_round(texts):
    there, back = (
        own(Scales.fit([scale(high=high, low=low)], embed, embed(texts)), embed(texts))
        for high, low in ((("aa",), ("bb",)), (("bb",), ("aa",)))
    )
    assert np.allclose(there, -back)
    assert there.std() > 0.9


def test_the_order_of_phrases_and_other_scales_change_nothing(texts):
    one, two = scale(high=("aa", "ac", "d"), low=("bb", "ba")), scale("other", ("f",), ("g",))
    turned = scale(high=("d", "ac", "aa"), low=("ba", "bb"))
    alone = own(Scales.fit([one], embed, embed(texts)), embed(texts))
    beside = own(Scales.fit([two, turned], embed, embed(texts)), embed(texts))
    assert np.allclose(alone, beside, atol=1e-6)


def test_new_texts_are_scored_on_the_axis_of_the_run_alone_or_in_a_batch(texts):
    scales = Scales.fit([scale()], embed, embed(texts))
    together = scales.score(embed([*texts, "aaaa", "bbbb"]))
    alone = np.vstack([scales.score(embed([text])) for text in (*texts, "aaaa", "bbbb")])
    assert np.array_equal(together.round(6), alone.round(6))
    assert own(scales, embed(["aaaa"])).item() > own(scales, embed(texts)).max()
    assert own(scales, embed(["bbbb"])).item() < own(scales, embed(texts)).min()


def test_many_rows_are_scored_in_blocks_as_in_one(texts):
    many = np.tile(embed(texts), (120, 1))
    scales = Scales.fit([scale()], embed, embed(texts))
    assert np.allclose(scales.score(many), np.tile(scales.score(embed(texts)), (120, 1)))
    assert np.allclose(Scales.fit([scale()], embed, many).std, scales.std)
    assert scales.score(many[:0]).shape == (0, 5)


def test_a_scale_that_does_not_tell_the_texts_apart_gives_zeros():
    same = embed(["abc"] * 7)
    scales = Scales.fit([scale()], embed, same)
    assert scales.std.tolist() == [0] * 5
    assert not scales.score(same).any()
    assert not scales.score(embed(["aaaa"])).any()


def test_ends_that_mean_the_same_are_an_error_that_names_the_scale(texts):
    config = scale("mood", high=("ab", "cd", "ef"), low=("DC", "FE", "BA"))
    with pytest.raises(ConfigError) as caught:
        Scales.fit([scale(), config], embed, embed(texts))
    assert caught.value.message == (
        "The scale 'mood' has no direction: "
        "its high and its low phrases mean the same to the encoder."
    )
    assert "differ" in caught.value.hint


def test_stored_scales_score_as_before(texts):
    scales = Scales.fit([scale()], embed, embed(texts))
    again = Scales.from_arrays(scales.to_arrays(), scales.metadata())
    assert again.names == (*SHIPPED, "own")
    assert np.array_equal(again.score(embed(texts)), scales.score(embed(texts)))


def test_settings_name_a_scale_that_cannot_be():
    with pytest.raises(ConfigError, match=r"scales\.0\.name is 'My scale'"):
        make_config({"scales": [{"name": "My scale", "high": ["a"], "low": ["b"]}]})


@pytest.mark.end_to_end
def test_the_shipped_scales_tell_held_out_texts_apart():
    from sklearn.metrics import roc_auc_score

    from textseg.encode import Reader

    def auc(high: np.ndarray, low: np.ndarray) -> float:
        return roc_auc_score(np.repeat([1, 0], [len(high), len(low)]), np.append(high, low))

    reader = Reader.load(Config())
    groups = [HELD_OUT[name][end] for name in SHIPPED for end in ("high", "low")]
    groups.append(HELD_OUT["plain"]["texts"])
    embedded = reader.embed([text for group in groups for text in group])
    scales = Scales.fit([], reader.embed, embedded)
    borders = np.cumsum([len(group) for group in groups])[:-1]
    scores = np.split(scales.score(embedded), borders)
    for column, name in enumerate(SHIPPED):
        ends = scores[2 * column], scores[2 * column + 1], scores[-1]
        high, low, plain = (end[:, column] for end in ends)
        assert high.mean() - low.mean() > 1.0, name
        assert auc(high, low) >= 0.8, name
        assert auc(high, plain) >= 0.65, name
