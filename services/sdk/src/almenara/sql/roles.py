"""What an expression does with the columns in it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from almenara.sql.model import (
    AGGREGATION,
    CONDITIONAL,
    DIRECT,
    IDENTITY,
    TRANSFORMATION,
    WINDOW,
    Kind,
)

# A count says how many there are and no longer who; the others are one-way or blank the value out.
MASKING_NAMES = frozenset(
    [
        "anonymize",
        "crypt",
        "digest",
        "farm_fingerprint",
        "fnv_hash",
        "func_sha1",
        "hash",
        "hashbytes",
        "hmac",
        "hmac_sha1",
        "hmac_sha256",
        "hmac_sha512",
        "mask",
        "md5",
        "md5_number",
        "md5_digest",
        "murmur3",
        "murmurhash3",
        "ora_hash",
        "pseudonymize",
        "redact",
        "sha",
        "sha1",
        "sha2",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "siphash64",
        "standard_hash",
        "tokenize",
        "xxhash64",
        "approx_count_distinct",
        "count",
        "count_if",
        "countif",
        "hll",
        "uniqexact",
    ]
)
_MASKING_TYPES = (
    exp.ApproxDistinct,
    exp.CityHash64,
    exp.Count,
    exp.CountIf,
    exp.HashAgg,
    exp.MD5,
    exp.MD5Digest,
    exp.MD5NumberLower64,
    exp.MD5NumberUpper64,
    exp.SHA,
    exp.SHA1Digest,
    exp.SHA2,
    exp.SHA2Digest,
    exp.StandardHash,
)
# They pick one row's value and compute nothing out of several.
_PICKING = (exp.FirstValue, exp.Lag, exp.LastValue, exp.Lead, exp.NthValue)
_TRANSPARENT = (exp.Alias, exp.Paren, exp.Tuple)

Leaf = exp.Column | exp.Query


def leaves(expression: exp.Expr, kind: Kind = IDENTITY) -> Iterator[tuple[Leaf, Kind]]:
    """The columns and subqueries in an expression, each with what is done to it on the way out.

    Walks with a stack, because generated SQL nests deeper than Python calls.
    """
    stack: list[tuple[exp.Expr, Kind]] = [(expression, kind)]
    while stack:
        node, done = stack.pop()
        if isinstance(node, exp.Column | exp.Query) and not isinstance(node, exp.Subquery):
            yield node, done
        elif isinstance(node, exp.Subquery):
            stack.append((node.this, done))
        else:
            stack.extend((child, step.then(done)) for child, step in _steps(node))


def masks(node: exp.Expr) -> bool:
    """Whether the function hides the values that it is given."""
    if isinstance(node, _MASKING_TYPES):
        return True
    return isinstance(node, exp.Func) and _name(node) in MASKING_NAMES


def _name(function: exp.Func) -> str:
    anonymous = isinstance(function, exp.Anonymous | exp.AnonymousAggFunc)
    name = function.name if anonymous else function.sql_name()
    return str(name).lower()


def _steps(node: exp.Expr) -> Iterator[tuple[exp.Expr, Kind]]:
    for key, value in node.args.items():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expr):
                yield child, _step(node, key)


def _step(node: exp.Expr, key: str) -> Kind:
    if isinstance(node, _TRANSPARENT):
        return IDENTITY
    if isinstance(node, exp.Window):
        return IDENTITY if key == "this" else WINDOW
    if isinstance(node, exp.Case | exp.If) and key == "this":
        return CONDITIONAL
    if isinstance(node, exp.Filter) and key == "expression":
        return CONDITIONAL
    if isinstance(node, exp.If | exp.Filter):
        return IDENTITY if isinstance(node, exp.Filter) else TRANSFORMATION
    aggregates = isinstance(node, exp.AggFunc) and not isinstance(node, _PICKING)
    base = AGGREGATION if aggregates else TRANSFORMATION
    return Kind(DIRECT, base.subtype, masks(node))
