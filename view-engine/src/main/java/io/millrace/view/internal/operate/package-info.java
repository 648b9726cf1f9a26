/**
 * The steps of an answer, each of which pulls its rows from the step below it, one at a time: scan,
 * roll-up, filter, project, aggregate, top, limit. What a step holds is counted against the
 * question's {@code Budget}. Uses {@code program}, {@code key}, {@code state} and {@code tree}.
 */
package io.millrace.view.internal.operate;
