/**
 * Sources as Avro: which schema wrote a value, what a new schema may change, the row type. Uses
 * {@code avro.read}.
 */
package io.millrace.view.internal.avro;
