from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.config import Config
from textseg.encode import EncodingCache, encode, load_encoder
from textseg.encode.batches import batches
from textseg.encode.spans import Passage
from textseg.encode.spelling import spell_out
from textseg.encode.work import text_keys
from textseg.errors import ModelError
from textseg.progress import SILENT
from textseg.sentiment import Scorer, SentimentHead, load_scorer

TEXTS = ["late again", "lovely", "a", "lovely", "where is it and when does it come", "🙂"]
MIXED = "The dress is lovely, but it came late."


def run(texts: list[str], encoder: Any, scorer: Any, cache: EncodingCache | None = None) -> Any:
    return encode(texts, encoder=encoder, scorer=scorer, cache=cache, progress=SILENT)


def same(left: Any, right: Any) -> bool:
    return (
        left.embeddings.tobytes() == right.embeddings.tobytes()
        and left.features.tobytes() == right.features.tobytes()
        and left.probabilities.tobytes() == right.probabilities.tobytes()
        and all(np.array_equal(a, b) for a, b in zip(spans(left), spans(right), strict=True))
    )


def of_mixed(found: Any) -> Any:
    """Rows of the clauses of the last text."""
    return found.clauses.row[found.clauses.text == found.index[-1]]


def spans(found: Any) -> Any:
    return vars(found.clauses).values()


def test_each_distinct_text_has_one_row_of_unit_length(encoder: Any, scorer: Any) -> None:
    found = run(TEXTS, encoder, scorer)
    assert found.embeddings.shape == (5, 8)
    assert found.embeddings.dtype == np.float16
    assert np.allclose(np.linalg.norm(found.embeddings.astype(float), axis=1), 1, atol=2e-3)
    assert np.allclose(found.probabilities.sum(axis=1), 1)
    assert found.index[1] == found.index[3]
    assert len(set(found.index.tolist())) == 5
    assert (found.n_encoded, found.n_reused) == (5, 0)
    longer = [len(f"q: {spell_out(text)}") > 10 for text in set(TEXTS)]
    assert found.n_truncated == sum(longer)


def test_a_text_of_one_clause_shares_its_row(encoder: Any, scorer: Any) -> None:
    found = run(TEXTS, encoder, scorer)
    assert found.clauses.text.tolist() == found.clauses.row.tolist() == list(range(5))
    assert sorted(found.clauses.end.tolist()) == sorted(len(text) for text in set(TEXTS))


def test_clauses_have_rows_of_their_own_behind_the_texts(encoder: Any, scorer: Any) -> None:
    found = run([MIXED, "lovely"], encoder, scorer)
    mixed = found.index[0]
    own = found.clauses.text == mixed
    places = zip(found.clauses.start[own], found.clauses.end[own], strict=True)
    assert [MIXED[a:b] for a, b in places] == ["The dress is lovely, ", "but it came late."]
    assert found.clauses.row[own].tolist() == [2, 3]
    assert found.embeddings.shape[0] == found.features.shape[0] == found.probabilities.shape[0] == 4
    assert sorted(itertools.chain(*encoder.batches)) == [f"q: {MIXED}", "q: lovely"]


def test_a_clause_has_less_of_its_text_in_it(encoder: Any, scorer: Any) -> None:
    found = run([MIXED], encoder, scorer)
    whole, first = found.embeddings[[0, 1]].astype(float)
    plain = encoder.run(encoder.tokenize([Passage(MIXED, ((0, 21), (21, 38)))]), [0]).embedding[1]
    plain = plain / np.linalg.norm(plain)
    wanted = plain - 0.5 * whole
    assert np.allclose(first, wanted / np.linalg.norm(wanted), atol=2e-3)


def test_clauses_are_encoded_alone_where_the_model_does_not_average(
    encoder: Any, scorer: Any
) -> None:
    encoder.pools = False
    second = Scorer("s", "s", 3, SentimentHead.identity(), lambda some: np.ones((3, 3)))
    found = run([MIXED], encoder, second)
    assert encoder.batches[1:] == [["q: The dress is lovely, ", "q: but it came late."]]
    alone = encoder.run(encoder.tokenize([Passage("but it came late.", ())]), [0]).embedding[0]
    assert np.allclose(found.embeddings[2], alone / np.linalg.norm(alone), atol=2e-3)


def test_clauses_behind_the_last_token_are_left_out(
    encoder: Any, scorer: Any, tmp_path: Path
) -> None:
    encoder.unread = {21}
    cache = EncodingCache(tmp_path)
    for _ in range(2):  # written, then read
        found = run([MIXED], encoder, scorer, cache)
        assert found.clauses.start.tolist() == [0]


def test_clauses_that_a_second_pass_has_not_read_are_left_out(encoder: Any) -> None:
    def second(some: Any) -> Any:
        features = np.ones((len(some) + sum(len(p.spans) for p in some), 3))
        features[-1] = 0
        return features

    scorer = Scorer("other", "other-1", 3, SentimentHead.identity(), second)
    assert run([MIXED], encoder, scorer).clauses.start.tolist() == [0]


def test_a_second_pass_gives_the_features_and_is_timed(encoder: Any) -> None:
    asked = []

    def second(some: Any) -> Any:
        asked.extend(passage.text for passage in some)
        return np.log(np.full((len(some) + sum(len(p.spans) for p in some), 3), [0.5, 0.2, 0.3]))

    scorer = Scorer("other", "other-1", 3, SentimentHead.identity(), second)
    found = run([MIXED, "lovely"], encoder, scorer)
    assert np.allclose(found.probabilities, [0.5, 0.2, 0.3], atol=1e-3)
    assert sorted(asked) == sorted([MIXED, "lovely"])
    assert 0 < found.second_pass <= found.seconds


def test_another_head_scores_the_stored_features(encoder: Any, scorer: Any) -> None:
    found = run([MIXED, "lovely"], encoder, scorer)
    head = SentimentHead(-scorer.head.weight, -scorer.head.bias)
    other = found.scored_by(head)
    assert np.array_equal(other.probabilities, head.score(found.features))
    assert not np.allclose(other.probabilities, found.probabilities)


def test_a_clause_is_known_only_with_its_text(encoder: Any, scorer: Any, tmp_path: Path) -> None:
    cache = EncodingCache(tmp_path)
    run(["The dress is lovely", "but it came late."], encoder, scorer, cache)
    assert run([MIXED], encoder, scorer, cache).n_encoded == 1
    again = run([MIXED], encoder, scorer, cache)
    assert again.n_encoded == 0
    assert same(again, run([MIXED], encoder, scorer))


def test_row_order_and_repeats_change_nothing(encoder: Any, scorer: Any) -> None:
    plain = run(TEXTS, encoder, scorer)
    first = [sorted(batch) for batch in encoder.batches]
    encoder.batches.clear()
    shuffled = [TEXTS[i] for i in (5, 3, 1, 0, 4, 2, 2, 0)]
    again = run(shuffled, encoder, scorer)
    assert same(plain, again)
    assert first == [sorted(batch) for batch in encoder.batches]
    rows = {text: plain.index[i] for i, text in enumerate(TEXTS)}
    assert again.index.tolist() == [rows[text] for text in shuffled]


def test_the_cache_gives_back_the_same_bytes(encoder: Any, scorer: Any, tmp_path: Path) -> None:
    cache = EncodingCache(tmp_path)
    plain = run(TEXTS, encoder, scorer)
    written = run(TEXTS, encoder, scorer, cache)
    encoder.batches.clear()
    read = run(TEXTS, encoder, scorer, EncodingCache(tmp_path))
    assert same(plain, written)
    assert same(plain, read)
    assert not encoder.batches
    assert (read.n_encoded, read.n_reused) == (0, 5)
    assert read.n_truncated == plain.n_truncated


def test_only_new_texts_are_encoded(encoder: Any, scorer: Any, tmp_path: Path) -> None:
    cache = EncodingCache(tmp_path)
    run(TEXTS, encoder, scorer, cache)
    encoder.batches.clear()
    more = run([*TEXTS, "new one"], encoder, scorer, cache)
    assert encoder.batches == [["q: new one"]]
    assert (more.n_encoded, more.n_reused) == (1, 5)
    assert same(more, run([*TEXTS, "new one"], encoder, scorer))


def test_another_prompt_or_encoder_shares_nothing(
    encoder: Any, scorer: Any, tmp_path: Path
) -> None:
    cache = EncodingCache(tmp_path)
    run(TEXTS, encoder, scorer, cache)
    encoder.fingerprint = "fake-2"
    assert run(TEXTS, encoder, scorer, cache).n_encoded == 5
    encoder.prompt = "other: "
    assert run(TEXTS, encoder, scorer, cache).n_encoded == 5


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "foreign"])
def test_a_damaged_shard_is_encoded_again(
    damage: str, encoder: Any, scorer: Any, tmp_path: Path
) -> None:
    cache = EncodingCache(tmp_path)
    plain = run(TEXTS, encoder, scorer, cache)
    (shard,) = tmp_path.glob("*/*.arrow")
    content = shard.read_bytes()
    where = content.index(plain.features.tobytes()[:6])
    shard.write_bytes(
        {
            "cut": content[: len(content) // 2],
            "flip": content[:where] + bytes([content[where] ^ 1]) + content[where + 1 :],
            "empty": b"",
            "foreign": b"not an Arrow file",
        }[damage]
    )
    again = run(TEXTS, encoder, scorer, cache)
    assert (again.n_encoded, again.n_reused) == (5, 0)
    assert same(plain, again)


def test_what_was_committed_survives_a_crash(
    encoder: Any, scorer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("textseg.encode.encodings._SHARD_ROWS", 1)
    texts = [f"text {i}" for i in range(40)]
    whole, honest = run(texts, encoder, scorer), type(encoder).run

    def killed(self: Any, tokens: Any, rows: Any) -> Any:
        if len(self.batches) >= 3:
            raise KeyboardInterrupt
        return honest(self, tokens, rows)

    encoder.batches.clear()
    monkeypatch.setattr(type(encoder), "run", killed)
    with pytest.raises(KeyboardInterrupt):
        run(texts, encoder, scorer, EncodingCache(tmp_path))
    paid = sum(map(len, encoder.batches))
    monkeypatch.setattr(type(encoder), "run", honest)
    rest = run(texts, encoder, scorer, EncodingCache(tmp_path))
    assert 0 < paid < 40
    # The batch that was under way when the crash came is the most that may be lost.
    assert rest.n_reused >= paid - max(map(len, encoder.batches))
    assert same(whole, rest)
    assert not list(tmp_path.glob("*/.*"))


WRITER = """
import sys
import numpy as np
from pathlib import Path
from textseg.encode.cache import EncodingCache, Rows
from textseg.encode.work import text_keys
shelf = EncodingCache(Path(sys.argv[1])).shelf("s", 4, 2)
for i in range(20):
    rows = Rows.empty(5, 4, 2)
    rows.embeddings[:] = i
    shelf.append(text_keys([f"{sys.argv[2]} {i} {j}" for j in range(5)], ""), rows)
"""


def test_two_processes_may_append_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    root = Path(__file__).parents[2]
    writers = [subprocess.Popen([*command, name], cwd=root) for name in ("a", "b")]
    assert [writer.wait(timeout=300) for writer in writers] == [0, 0]
    shelf = EncodingCache(tmp_path).shelf("s", 4, 2)
    assert len(shelf) == 200
    from textseg.encode.cache import Rows

    texts = [f"{name} {i} {j}" for name in "ab" for i in range(20) for j in range(5)]
    rows = Rows.empty(200, 4, 2)
    assert shelf.read(text_keys(texts, ""), rows).all()
    assert rows.embeddings[:, 0].tolist() == [i for _ in "ab" for i in range(20) for _ in range(5)]


def test_no_texts_give_no_rows(encoder: Any, scorer: Any, tmp_path: Path) -> None:
    found = run([], encoder, scorer, EncodingCache(tmp_path))
    assert found.embeddings.shape == (0, 8)
    assert found.index.shape == (0,)
    assert not list(tmp_path.iterdir())


def test_half_of_a_surrogate_pair_is_no_obstacle(encoder: Any, scorer: Any) -> None:
    assert run(["a \ud83d b"], encoder, scorer).n_encoded == 1


def test_values_that_are_not_numbers_are_refused(
    encoder: Any, scorer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any, tokens: Any, rows: Any) -> Any:
        from textseg.encode.encoder import Output

        return Output(np.full((len(rows), 8), np.nan, np.float32), np.zeros((len(rows), 16)))

    monkeypatch.setattr(type(encoder), "run", broken)
    with pytest.raises(ModelError, match="The encoder fake gives values that are not numbers"):
        run(["a"], encoder, scorer)


@given(st.lists(st.integers(1, 60), max_size=50), st.integers(1, 100))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    array = np.array(lengths, dtype=np.int64)
    groups = batches(array, budget)
    assert sorted(i for group in groups for i in group.tolist()) == list(range(len(lengths)))
    for group in groups:
        assert len(group) == 1 or len(group) * array[group].max() <= budget


@given(st.lists(st.text(max_size=5), max_size=30))
def test_keys_are_equal_exactly_where_texts_are(texts: list[str]) -> None:
    keys = text_keys(texts, "p")
    inputs = [text.encode("utf-8", "replace") for text in texts]
    assert len(np.unique(keys)) == len(set(inputs))


@pytest.mark.end_to_end
def test_with_another_encoder_the_default_one_reads_the_sentiment(encoder: Any) -> None:
    texts = [*TEXTS, MIXED]
    default = load_encoder(Config().encoder)
    second = run(texts, encoder, load_scorer(Config(), encoder))
    fused = run(texts, default, load_scorer(Config(), default))
    assert second.embeddings.shape[1] == 8
    assert second.second_pass > fused.second_pass == 0
    assert sorted(second.clauses.start) == sorted(fused.clauses.start)
    # The keys, and with them the order of the texts, follow the encoder's prompt.
    for left, right in ((second.index, fused.index), (of_mixed(second), of_mixed(fused))):
        assert np.allclose(second.probabilities[left], fused.probabilities[right], atol=2e-3)
