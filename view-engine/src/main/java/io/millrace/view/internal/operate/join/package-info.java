/**
 * Rows of one input with those of another: one side is held, by its keys, the other read through.
 * Uses {@code operate}, {@code bound}, {@code key} and {@code tree}.
 */
package io.millrace.view.internal.operate.join;
