/**
 * A question and its rows: conditions, limits, cursors; SQL over pinned views. May use {@code view}
 * and {@code merge}; knows neither HTTP nor JSON.
 */
package io.millrace.serving.query;
