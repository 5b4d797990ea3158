"""Products that stand out in a segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Row = NDArray[np.float64]
Counts = NDArray[np.int64]

FALSE_DISCOVERIES = 0.05
"""Share of the products listed that may stand out by chance."""

MIN_CUSTOMERS = 5
"""Buyers of a product in a segment."""

_GROUPS = 20

_DTYPES = {
    "segment_id": "int64",
    "product": "string",
    "n_customers": "int64",
    "share": "float64",
    "rest": "float64",
    "lift": "float64",
    "lower": "float64",
    "upper": "float64",
}


def top_products(orders: pd.DataFrame, segment_of_customer: pd.Series) -> pd.DataFrame:
    """Find the products that a segment's customers buy more than all others.

    Parameters
    ----------
    orders : DataFrame
        ``schema.ORDERS``, up to the as-of date. Returns do not count, nor lines without product.
    segment_of_customer : Series of int
        Indexed by ``customer_id``; −1 for none. These, and customers who are not in it, are among
        the others.

    Returns
    -------
    DataFrame
        By segment, the surest first (largest ``lower``): segment_id, product, n_customers (of the
        segment who bought it, at least 5), share (of the segment's buyers), rest (share of all
        other buyers), lift (share / rest), lower and upper (its interval). A product that no other
        has bought has a finite lift: half a customer is then added to both counts of buyers.

    Notes
    -----
    Customers are counted, not orders, so that one who buys often does not make a product stand
    out. A segment whose customers buy much buys more of nearly everything; so whether a product
    stands out is decided against others who have bought about as many products, in twenty groups,
    by the exact conditional test of a common odds ratio of 1, one-sided: Gart (1970), "Point and
    interval estimation of the common odds ratio in the combination of 2 × 2 tables with fixed
    marginals", Biometrika 57(3). That is over all segments and products with at least 5 buyers, at
    a false discovery rate of 5 %: Benjamini and Hochberg (1995), Journal of the Royal Statistical
    Society B 57(1).

    The interval is Katz's, exp(log lift ± z √(1/a − 1/n + 1/b − 1/m)): Katz, Baptista, Azen and
    Pike (1978), Biometrics 34(3). Its level is 1 − 5 % · R / M where R of M are selected: Benjamini
    and Yekutieli (2005), Journal of the American Statistical Association 100(469). It must be above
    1 as a whole, too.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.segments.products import top_products
    >>> who = [f"c{n:02}" for n in range(60)]
    >>> orders = pd.DataFrame({
    ...     "customer_id": who, "product": ["lamp"] * 20 + ["rug"] * 40, "is_return": False})
    >>> found = top_products(orders, pd.Series([0] * 25 + [1] * 35, index=who))
    >>> found[["segment_id", "product", "n_customers", "share"]].to_numpy().tolist()
    [[0, 'lamp', 20, 0.8], [1, 'rug', 35, 1.0]]
    """
    lines = orders.loc[~orders["is_return"] & orders["product"].notna(), ["customer_id", "product"]]
    bought = lines.drop_duplicates()
    customer, people = pd.factorize(bought["customer_id"], sort=True)
    product, names = pd.factorize(bought["product"], sort=True)
    group = _groups(np.bincount(customer, minlength=len(people)))
    segment = segment_of_customer.reindex(people).fillna(-1).to_numpy(dtype="int64")
    everyone = _table(product, group[customer], len(names))
    pairs, shops = [], {}
    for each in np.unique(segment[segment >= 0]):
        inside = segment == each
        own = _table(product[inside[customer]], group[customer[inside[customer]]], len(names))
        shops[each] = _Shop(own, everyone, _sizes(group[inside]), _sizes(group))
        if not inside.all():
            pairs.append(shops[each].compared().assign(segment_id=each, product=names))
    if not pairs:
        return pd.DataFrame(columns=list(_DTYPES)).astype(_DTYPES)
    every = pd.concat(pairs).reset_index(names="row")
    every = every[everyone.sum(axis=1)[every["row"]] >= MIN_CUSTOMERS]
    found = _selected(every, shops)
    order = ["segment_id", "lower", "product"]
    found = found.sort_values(order, ascending=[True, False, True], ignore_index=True)
    return found[list(_DTYPES)].astype(_DTYPES)


@dataclass(frozen=True)
class _Shop:
    """Buyers of each product by group, shape (n_products, n_groups), and all customers by group."""

    own: Counts
    everyone: Counts
    members: Counts
    customers: Counts

    def compared(self) -> pd.DataFrame:
        """Compare the segment with all others in each product, whatever they buy besides."""
        from scipy.stats import hypergeom

        bought, total = self.own.sum(axis=1), self.everyone.sum(axis=1)
        n, n_all = int(self.members.sum()), int(self.customers.sum())
        lift, error = _katz(bought, n, total - bought, n_all - n)
        return pd.DataFrame(
            {
                "n_customers": bought,
                "share": bought / n,
                "rest": (total - bought) / max(n_all - n, 1),
                "lift": lift,
                "error": error,
                "p": hypergeom.sf(bought - 1, n_all, total, n),
            }
        )

    def chance(self, product: int) -> float:
        """Return the chance of so many buyers if in each group the segment buys as the others."""
        from scipy.stats import hypergeom

        everyone = self.everyone[product]
        known = (everyone > 0) & (self.members > 0)
        most = int(np.minimum(everyone, self.members).max())
        chances = hypergeom.pmf(
            np.arange(most + 1)[:, None], self.customers[known], everyone[known],
            self.members[known],
        )  # fmt: skip
        total = np.ones(1)
        for column in chances.T:
            total = np.convolve(total, column)
        return float(total[self.own[product].sum() :].sum())


def _groups(n_products: Counts) -> Counts:
    """Group customers by how many products they have bought; equal numbers stay together."""
    if not len(n_products):
        return n_products
    borders = np.unique(np.quantile(n_products, np.linspace(0, 1, _GROUPS + 1)[1:-1]))
    return np.asarray(np.searchsorted(borders, n_products, side="left"))


def _sizes(group: Counts) -> Counts:
    return np.asarray(np.bincount(group, minlength=_GROUPS))


def _table(product: Counts, group: Counts, n_products: int) -> Counts:
    cells = np.bincount(product * _GROUPS + group, minlength=n_products * _GROUPS)
    return np.asarray(cells.reshape(n_products, _GROUPS))


def _katz(a: Counts, n: int, b: Counts, m: int) -> tuple[Row, Row]:
    """Return the ratio of a / n to b / m, and the standard error of its logarithm."""
    half = np.where(b == 0, 0.5, 0.0)
    with np.errstate(divide="ignore"):  # where nobody in the segment has bought it
        lift = (a + half) / (n + half) / ((b + half) / (m + half))
        error = np.sqrt(1 / (a + half) - 1 / (n + half) + 1 / (b + half) - 1 / (m + half))
    return np.asarray(lift), np.asarray(error)


def _selected(pairs: pd.DataFrame, shops: dict[int, _Shop]) -> pd.DataFrame:
    """Keep what stands out, and give it its interval."""
    from scipy.stats import norm

    # The groups only ever take away, and their test takes time: first see what is left without.
    likely = (pairs["p"] <= _border(pairs["p"].to_numpy())).to_numpy()
    p = np.ones(len(pairs))
    for place in np.flatnonzero(likely):
        row = pairs.iloc[place]
        p[place] = max(row["p"], shops[row["segment_id"]].chance(row["row"]))
    border = _border(p)
    found = pairs[(p <= border) & (pairs["n_customers"] >= MIN_CUSTOMERS).to_numpy()]
    margin = np.exp(norm.isf(border / 2) * found["error"])
    found = found.assign(lower=found["lift"] / margin, upper=found["lift"] * margin)
    return found[found["lower"] > 1]


def _border(p: Row) -> float:
    """Return the largest chance that is selected (Benjamini and Hochberg); 0 if none is."""
    ranked = np.sort(p)
    allowed = FALSE_DISCOVERIES * np.arange(1, len(ranked) + 1) / max(len(ranked), 1)
    below = np.flatnonzero(ranked <= allowed)
    return float(allowed[below[-1]]) if len(below) else 0.0
