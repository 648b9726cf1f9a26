-- Half a year of card payments: the Fraud Detection Handbook's file, mapped by ../payments.yml

CREATE TABLE card_payments USING kafka OPTIONS (topic 'real.payments', schema 'payment.avsc');

CREATE VIEW terminals_by_month COMMENT 'Payments and frauds per terminal and month'
AS SELECT terminal_id, date_trunc('MONTH', paid_at) AS month, count(*) AS payments,
          sum(amount) AS amount, count(*) FILTER (WHERE fraud) AS frauds,
          sum(amount) FILTER (WHERE fraud) AS lost, approx_count_distinct(customer_id) AS customers
   FROM card_payments GROUP BY terminal_id, date_trunc('MONTH', paid_at);

CREATE VIEW frauds_by_hour COMMENT 'Payments and frauds per hour'
AS SELECT window(paid_at, '1 hour') AS window, count(*) AS payments, sum(amount) AS amount,
          max(amount) AS largest, count(*) FILTER (WHERE fraud) AS frauds,
          count(*) FILTER (WHERE amount > 220) AS suspicious
   FROM card_payments GROUP BY window(paid_at, '1 hour');
