/**
 * When two states of one group agree: a comparison for each aggregate, and those that compare
 * exactly, up to rounding and up to a sketch's bound. Uses {@code shape}, {@code plan}, {@code
 * state}, {@code tree}.
 */
package io.millrace.view.internal.compare;
