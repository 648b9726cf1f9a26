/**
 * What Postgres' clients ask of {@code pg_catalog} and {@code information_schema}: a small SQL of
 * its own over relations in memory, made of the views that are served. May use {@code view} and
 * {@code pgsql}; knows no socket.
 */
package io.millrace.serving.pgcatalog;
