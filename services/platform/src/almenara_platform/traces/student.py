"""Student's t distribution, as far as intervals need it."""

from __future__ import annotations

import math
from statistics import NormalDist


def quantile(probability: float, freedom: float) -> float:
    """What Student's t stays below with this probability; ``freedom`` need not be a whole number.

    Solves ``cdf(t) = probability`` with the cdf as a hypergeometric function (Johnson, Kotz and Balakrishnan,
    Continuous Univariate Distributions 2, chapter 28). Eight digits are right up to a freedom of a million.
    """
    # Its import takes longer than most commands that never compare anything.
    from mpmath import fp

    half = (freedom + 1) / 2
    density = math.exp(math.lgamma(half) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)

    def above(t: float) -> float:
        return 0.5 + t * density * fp.hyp2f1(0.5, half, 1.5, -t * t / freedom) - probability

    return float(fp.findroot(above, NormalDist().inv_cdf(probability)))
