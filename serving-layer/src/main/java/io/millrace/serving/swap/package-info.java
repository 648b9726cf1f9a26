/**
 * Which run a view is answered from, and how the next one takes its place: choice, loading, audit.
 * May use {@code store}, {@code live} and {@code merge}; nothing else here reads the lake.
 */
package io.millrace.serving.swap;
