/**
 * A question and its rows: conditions, limits, cursors. May use {@code view} and {@code merge};
 * knows neither HTTP nor JSON.
 */
package io.millrace.serving.query;
