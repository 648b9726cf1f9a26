/**
 * The way in over Postgres' wire (protocol 3.0): the socket, its messages, sessions, prepared
 * statements and portals. May use {@code query} for questions, {@code pgcatalog} for questions on
 * what there is, and {@code pgsql}; no room uses it.
 */
package io.millrace.serving.pgwire;
