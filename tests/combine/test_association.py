from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency, fisher_exact
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from textseg.combine import associate
from textseg.combine.association import cramers_v, holm


def drawn(rng: np.random.Generator, n: int, rows: int, columns: int, same: float = 0.0):
    """Counts of customers in two groupings that agree for a share of them."""
    r = rng.integers(0, rows, n)
    c = np.where(rng.random(n) < same, r % columns, rng.integers(0, columns, n))
    counts = np.zeros((rows, columns), dtype=np.int64)
    np.add.at(counts, (r, c), 1)
    return counts


def test_expected_and_chi_square_are_scipys():
    counts = drawn(np.random.default_rng(3), 400, 4, 3, same=0.3)
    found = associate(counts)
    chi2, _, freedom, expected = chi2_contingency(counts, correction=False)
    np.testing.assert_allclose(found.expected, expected)
    np.testing.assert_allclose(found.lift, counts / expected)
    n = counts.sum()
    corrected = chi2 / n - freedom / (n - 1)
    sides = [side - (side - 1) ** 2 / (n - 1) for side in counts.shape]
    assert found.cramers_v == pytest.approx(np.sqrt(corrected / (min(sides) - 1)))


def test_squared_residual_of_a_2_by_2_table_is_its_chi_square():
    counts = np.array([[30, 12], [11, 25]])
    found = associate(counts)
    chi2 = chi2_contingency(counts, correction=False).statistic
    np.testing.assert_allclose(found.residuals**2, chi2)
    assert (np.sign(found.residuals) == [[1, -1], [-1, 1]]).all()


def test_residuals_of_independent_tables_are_standardised():
    rng = np.random.default_rng(5)
    p = np.outer([0.5, 0.3, 0.2], [0.6, 0.3, 0.1]).ravel()
    tables = rng.multinomial(500, p, size=200).reshape(-1, 3, 3)
    residuals = np.array([associate(table).residuals for table in tables])
    np.testing.assert_allclose(residuals.mean(axis=0), 0, atol=0.2)
    np.testing.assert_allclose(residuals.std(axis=0), 1, atol=0.15)


def test_p_values_are_exact():
    counts = np.array([[9, 1, 3], [2, 8, 4]])
    found = associate(counts)
    one_cell = np.empty(counts.shape)
    for r, c in np.ndindex(*counts.shape):
        a, row, column = counts[r, c], counts[r].sum(), counts[:, c].sum()
        table = [[a, row - a], [column - a, counts.sum() - row - column + a]]
        tails = [fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
        one_cell[r, c] = min(1, 2 * min(tails))
    np.testing.assert_allclose(found.p_values, holm(one_cell))


def test_holm_is_between_no_correction_and_bonferronis():
    p = np.random.default_rng(1).random(40) / 10
    corrected = holm(p)
    assert (corrected >= p).all()
    assert (corrected <= np.minimum(p * 40, 1) + 1e-15).all()
    assert corrected[p.argmin()] == pytest.approx(min(p.min() * 40, 1))
    assert (np.diff(corrected[np.argsort(p)]) >= 0).all()


def test_agreement_is_sklearns():
    rng = np.random.default_rng(2)
    ours, theirs = rng.integers(0, 4, 200), rng.integers(0, 3, 200)
    counts = np.zeros((4, 3), dtype=np.int64)
    np.add.at(counts, (ours, theirs), 1)
    found = associate(counts)
    assert found.adjusted_rand == pytest.approx(adjusted_rand_score(ours, theirs))
    assert found.adjusted_mutual_information == pytest.approx(
        adjusted_mutual_info_score(ours, theirs)
    )


@pytest.mark.parametrize(("rows", "columns", "n"), [(2, 2, 60), (6, 5, 300), (20, 12, 600)])
def test_independent_groupings_are_not_connected(rows, columns, n):
    rng = np.random.default_rng(rows)
    found = [associate(drawn(rng, n, rows, columns)) for _ in range(60)]
    covered = np.mean([result.cramers_v_interval[0] == 0 for result in found])
    assert covered >= 0.95
    assert np.mean([result.cramers_v for result in found]) < 0.08
    # At most one table in twenty may have a cell that stands out; 60 tables scatter around that.
    assert np.mean([(result.p_values <= 0.05).any() for result in found]) <= 0.1
    assert abs(np.mean([result.adjusted_mutual_information for result in found])) < 0.02
    assert abs(np.mean([result.adjusted_rand for result in found])) < 0.02


@pytest.mark.parametrize("same", [0.1, 0.3, 0.6, 0.9])
def test_interval_holds_the_planted_v(same):
    # Uniform margins that agree for a share s of the customers have V = s.
    rng = np.random.default_rng(8)
    found = [cramers_v(drawn(rng, 500, 5, 5, same)) for _ in range(150)]
    assert np.mean([low <= same <= high for _, low, high in found]) >= 0.9
    assert np.mean([value for value, _, _ in found]) == pytest.approx(same, abs=0.02)
    assert all(low <= value <= high for value, low, high in found)


def test_more_customers_narrow_the_interval():
    counts = np.array([[30, 12, 9], [11, 25, 14]])
    _, low, high = cramers_v(counts)
    _, low_10, high_10 = cramers_v(counts * 10)
    assert high_10 - low_10 < (high - low) / 2


@pytest.mark.parametrize("sizes", [[30, 20, 10], [1, 1], [500, 3], [7] * 20])
def test_same_grouping_is_fully_connected(sizes):
    found = associate(np.diag(np.array(sizes, dtype=np.int64)))
    if sum(sizes) > 2:
        assert found.cramers_v == pytest.approx(1)
        assert found.cramers_v_interval[1] == 1
    assert found.adjusted_mutual_information == pytest.approx(1)
    assert found.adjusted_rand == pytest.approx(1)


def test_measures_do_not_depend_on_the_order_of_segments():
    rng = np.random.default_rng(4)
    counts = drawn(rng, 300, 5, 4, same=0.4)
    r, c = rng.permutation(5), rng.permutation(4)
    one, other = associate(counts), associate(counts[r][:, c])
    turned = associate(counts.T.copy())
    np.testing.assert_allclose(other.residuals, one.residuals[r][:, c])
    np.testing.assert_allclose(other.p_values, one.p_values[r][:, c])
    for again in (other, turned):
        assert again.cramers_v == pytest.approx(one.cramers_v)
        assert again.cramers_v_interval == pytest.approx(one.cramers_v_interval)
        assert again.adjusted_rand == pytest.approx(one.adjusted_rand)
    np.testing.assert_allclose(turned.residuals, one.residuals.T)


@pytest.mark.parametrize("counts", [[[5]], [[5, 3]], [[1], [4]], [[1, 0], [0, 1]]])
def test_too_little_to_compare_has_no_v(counts):
    found = associate(np.array(counts))
    assert found.cramers_v is None
    assert found.cramers_v_interval is None
    assert (found.p_values == 1).all()
    assert min(found.residuals.shape) > 1 or np.isnan(found.residuals).all()
