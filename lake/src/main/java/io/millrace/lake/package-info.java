/**
 * What batch and serving both know of the lake: its tables, the properties of their snapshots, how
 * a commit is locked. Iceberg without Spark; uses {@code control} and nothing else of Millrace.
 */
package io.millrace.lake;
