/**
 * Answers as bytes: JSON, NDJSON, CSV, Arrow, Parquet, each written row by row and kept until it is
 * whole. May use {@code query} and what it hands out; knows no HTTP.
 */
package io.millrace.serving.format;
