-- One row per day, store and product. Coupons and some fees are sold under ids that the catalogue lacks.
SELECT
    sales.day,
    sales.store_id,
    sales.product_id,
    coalesce(products.department, 'UNKNOWN') AS department,
    CAST(sum(sales.quantity) AS BIGINT) AS quantity,
    round(sum(sales.sales_value), 2) AS sales_value,
    round(sum(sales.retail_disc + sales.coupon_disc + sales.coupon_match_disc), 2) AS discount_value,
    count(DISTINCT sales.basket_id) AS baskets
FROM valid_sales AS sales
LEFT JOIN products ON products.product_id = sales.product_id
GROUP BY sales.day, sales.store_id, sales.product_id, products.department
