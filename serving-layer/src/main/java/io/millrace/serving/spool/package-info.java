/**
 * Where the bytes of an answer are until its client has read them: on the heap, or in a file. Knows
 * no forms and no HTTP.
 */
package io.millrace.serving.spool;
