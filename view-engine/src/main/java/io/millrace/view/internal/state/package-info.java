/** Aggregate buffers: on the heap, merged, and as bytes. Uses {@code tree}. */
package io.millrace.view.internal.state;
