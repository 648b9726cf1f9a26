-- A week of a real shop's clicks: the YooChoose sample, mapped by ../clicks.yml

CREATE TABLE shop_clicks USING kafka OPTIONS (topic 'real.clicks', schema 'click.avsc');

CREATE VIEW clicked_items COMMENT 'Clicks and sessions per item and hour'
AS SELECT item_id, window(clicked_at, '1 hour') AS window, count(*) AS clicks,
          approx_count_distinct(session_id) AS sessions
   FROM shop_clicks GROUP BY item_id, window(clicked_at, '1 hour');
