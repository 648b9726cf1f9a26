-- A year of a real shop: the UCI Online Retail file, mapped by ../retail.yml

CREATE TABLE retail USING kafka OPTIONS (topic 'real.retail', schema 'retail.avsc');

CREATE VIEW retail_by_month COMMENT 'Lines and revenue by country and month'
AS SELECT country, date_trunc('MONTH', invoiced_at) AS month, count(*) AS lines,
          sum(quantity) AS quantity, sum(amount) AS revenue,
          count(*) FILTER (WHERE cancelled) AS cancellations,
          count(customer_id) AS lines_with_customer,
          approx_count_distinct(customer_id) AS customers, max(unit_price) AS highest_price
   FROM retail GROUP BY country, date_trunc('MONTH', invoiced_at);

CREATE VIEW retail_by_item COMMENT 'What sells, and what comes back'
AS SELECT stock_code, count(*) AS lines, sum(quantity) AS quantity, sum(amount) AS revenue,
          min(invoiced_at) AS first_sold, max(invoiced_at) AS last_sold
   FROM retail WHERE NOT cancelled AND unit_price > 0 GROUP BY stock_code HAVING count(*) > 1;
