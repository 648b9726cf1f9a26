/**
 * When two states of one group agree: a comparison for each aggregate, and those that compare
 * exactly, up to rounding and up to a sketch's bound. Uses the shape of a view and its state codec.
 */
package io.millrace.view.internal.compare;
