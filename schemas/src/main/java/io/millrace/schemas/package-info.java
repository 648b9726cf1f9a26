/**
 * The Avro schemas of what Millrace itself sends and keeps in topics, every released version of
 * each, and how a value names its schema. Uses nothing of Millrace.
 */
package io.millrace.schemas;
