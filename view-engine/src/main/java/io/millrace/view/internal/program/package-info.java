/**
 * A shaped plan as compiled code for one thread: record to group, update, merge, finish. Uses
 * {@code plan}, {@code key}, {@code state}, {@code tree}.
 */
package io.millrace.view.internal.program;
