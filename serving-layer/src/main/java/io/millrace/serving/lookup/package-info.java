/**
 * Lookup tables in a replica: loaded into the local store, looked at again and again, replaced in
 * one step, pinned for a question. Each is on its own: what one throws is its problem alone. Uses
 * {@code content} and {@code store}.
 */
package io.millrace.serving.lookup;
