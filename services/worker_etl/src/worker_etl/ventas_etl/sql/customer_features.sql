-- One row per day and household that bought on it. It looks 28 days back and never ahead, so that a
-- day's row is the same whichever days are run with it.
WITH visits AS (
    SELECT
        day,
        household_id,
        count(DISTINCT basket_id) AS baskets,
        count(DISTINCT product_id) AS products,
        sum(sales_value) AS sales_value,
        sum(retail_disc + coupon_disc + coupon_match_disc) AS discount_value
    FROM valid_sales
    WHERE household_id IS NOT NULL
    GROUP BY day, household_id
),
history AS (
    SELECT day, household_id, baskets, sales_value FROM visits
    UNION ALL
    SELECT day, household_id, baskets, sales_value FROM earlier_visits
),
recent AS (
    SELECT
        day,
        household_id,
        CAST(sum(baskets) OVER month AS BIGINT) AS visits_28d,
        sum(sales_value) OVER month AS sales_value_28d,
        lag(day) OVER (PARTITION BY household_id ORDER BY day) AS previous_day
    FROM history
    WINDOW month AS (
        PARTITION BY household_id ORDER BY day RANGE BETWEEN INTERVAL 27 DAYS PRECEDING AND CURRENT ROW
    )
)
SELECT
    visits.day,
    customers.customer_id,
    visits.baskets,
    visits.products,
    round(visits.sales_value, 2) AS sales_value,
    round(visits.discount_value, 2) AS discount_value,
    recent.visits_28d,
    round(recent.sales_value_28d, 2) AS sales_value_28d,
    CASE WHEN recent.previous_day >= visits.day - 27 THEN visits.day - recent.previous_day END
        AS days_since_last_visit,
    demographics.age,
    demographics.income
FROM visits
JOIN recent ON recent.day = visits.day AND recent.household_id = visits.household_id
JOIN customers ON customers.household_id = visits.household_id
LEFT JOIN demographics ON demographics.household_id = visits.household_id
