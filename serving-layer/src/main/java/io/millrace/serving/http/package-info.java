/**
 * The ways in over HTTP: paths, JSON, the web page, the socket. May use {@code query}, {@code
 * report} and what these hand out; no room uses it.
 */
package io.millrace.serving.http;
