/**
 * The language of Postgres' clients: its tokens, its types and the bytes of their values, its error
 * states, and its SQL as Spark reads it. Uses no other room: it knows neither sockets nor views.
 */
package io.millrace.serving.pgsql;
