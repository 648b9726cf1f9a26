/**
 * Writing to a source: records as its format has them, the partition they go to, and the position
 * they have then. What other people's programs use; may use {@code control} and {@code schemas},
 * and neither Spark nor Scala.
 */
package io.millrace.producer;
