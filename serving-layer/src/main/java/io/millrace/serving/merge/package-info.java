/**
 * Batch and live state put together: where one ends and the other begins, one ordered pass over
 * both, one finished row. May use {@code store} and {@code live}.
 */
package io.millrace.serving.merge;
