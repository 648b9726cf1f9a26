-- What a shop asks of its events. Apply with: millrace apply examples/shop

CREATE TABLE orders USING kafka OPTIONS (topic 'shop.orders', schema 'order.avsc');
CREATE TABLE payments USING kafka OPTIONS (topic 'shop.payments', schema 'payment.avsc');
CREATE TABLE clicks USING kafka OPTIONS (topic 'shop.clicks', schema 'click.avsc');

-- The monthly report: must be right.
CREATE VIEW sales_by_month COMMENT 'Monthly sales by category' TBLPROPERTIES ('schedule' = '0 0 6 * * ?')
AS SELECT category, date_trunc('MONTH', ordered_at) AS month,
          count(*) FILTER (WHERE status = 'PAID') AS orders,
          sum(amount) FILTER (WHERE status = 'PAID') AS revenue,
          count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled,
          approx_count_distinct(customer_id) AS buyers
   FROM orders GROUP BY category, date_trunc('MONTH', ordered_at);

-- The dashboard: must be right and now.
CREATE VIEW sales_by_hour COMMENT 'Hourly sales by country' TBLPROPERTIES ('schedule' = '0 0/30 * * * ?')
AS SELECT country, window.start AS hour, count(*) AS orders, sum(quantity) AS items, sum(amount) AS revenue,
          avg(amount) AS average_order, max(amount) AS largest_order
   FROM orders WHERE status = 'PAID' GROUP BY country, window(ordered_at, '1 hour');

-- The fraud alarm: must be now. A stolen card pays often, at many terminals, within minutes.
CREATE VIEW card_activity COMMENT 'Payments per card in the last 10 minutes' TBLPROPERTIES ('schedule' = '0 0/10 * * * ?')
AS SELECT card_id, window(paid_at, '10 minutes', '1 minute') AS window,
          count(*) AS payments, sum(amount) AS amount, approx_count_distinct(terminal_id) AS terminals
   FROM payments WHERE NOT declined
   GROUP BY card_id, window(paid_at, '10 minutes', '1 minute');

-- The recommendations: what is looked at now.
CREATE VIEW trending_items COMMENT 'Clicks per item in 5 minutes' TBLPROPERTIES ('schedule' = '0 0/10 * * * ?')
AS SELECT window(clicked_at, '5 minutes') AS window, item_id, count(*) AS clicks,
          approx_count_distinct(session_id) AS visitors, max(clicked_at) AS last_click
   FROM clicks GROUP BY window(clicked_at, '5 minutes'), item_id;
