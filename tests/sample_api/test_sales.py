"""Reading the warehouse."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine


def _all_pages(api: TestClient, **query: object) -> list[dict]:
    items: list[dict] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get("/sales/daily", params=query | cursor).json()
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = {"cursor": page["next"]}


def test_lists_all_sales_in_pages(api: TestClient) -> None:
    """Pages of any size put together are all rows in order, each once."""
    whole = api.get("/sales/daily").json()
    assert (len(whole["items"]), whole["next"]) == (12, None)
    keys = [(item["day"], item["store_id"], item["product_id"]) for item in whole["items"]]
    assert keys == sorted(set(keys))
    for limit in (1, 5, 12):
        assert _all_pages(api, limit=limit) == whole["items"]


def test_filters_by_days_and_department(api: TestClient) -> None:
    """from and to are both included; the department is matched as a whole."""
    days = _all_pages(api, **{"from": "2017-03-02", "to": "2017-03-03", "limit": 3})
    assert {item["day"] for item in days} == {"2017-03-02", "2017-03-03"}
    [seafood] = _all_pages(api, department="SEAFOOD")
    assert (seafood["day"], seafood["store_id"], seafood["product_id"]) == ("2017-03-02", 1, 11)
    assert _all_pages(api, department="SEA") == []


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"from": "2017-03-02", "to": "2017-03-01"}, 422, "from"),
        ({"from": "yesterday"}, 422, "from"),
        ({"limit": 0}, 422, "limit"),
        ({"limit": 1001}, 422, "limit"),
        ({"department": "a\x00b"}, 422, "department"),
        ({"cursor": "zzz"}, 400, None),
        ({"cursor": "WzEsIDIsIDNd"}, 400, None),
        ({"cursor": "W10"}, 400, None),
    ],
)
def test_refuses_wrong_queries(api: TestClient, query: dict, status: int, field: str | None) -> None:
    """A wrong parameter is a problem that names it, a made-up cursor is told as one."""
    answer = api.get("/sales/daily", params=query)
    assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_shows_a_product(api: TestClient) -> None:
    """A product with what is unknown of it as null."""
    product = api.get("/products/10").json()
    assert (product["department"], product["brand"], product["package_size"]) == ("MEAT", "Private", None)


@pytest.mark.parametrize(("product", "status"), [("1", 404), ("x", 422), (str(2**70), 422), ("-1", 422)])
def test_unknown_product(api: TestClient, product: str, status: int) -> None:
    """404 for a product that is not in the catalogue, 422 for what is no id."""
    assert api.get(f"/products/{product}").status_code == status


def test_a_warehouse_that_is_away(api: TestClient, engine: Engine) -> None:
    """503 without a word about the database."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE products")
    answer = api.get("/products/10")
    assert (answer.status_code, "sqlite" in answer.text.lower()) == (503, False)
