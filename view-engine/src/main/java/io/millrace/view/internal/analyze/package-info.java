/**
 * SQL to an analysed plan, and what is refused of it with its place and remedy. Uses {@code tree},
 * {@code key} and {@code avro}.
 */
package io.millrace.view.internal.analyze;
