/**
 * An analysed question to steps: conditions go down to the keys of views, joins, windows and
 * roll-ups become steps. Uses {@code query}, {@code plan}, {@code key}, {@code operate} and what is
 * below it, {@code bound}, {@code analyze} and {@code tree}.
 */
package io.millrace.view.internal.planner;
