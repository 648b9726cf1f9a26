/**
 * Files as people have them, as rows: CSV, TSV and JSON lines, each row with its line, and the rows
 * that cannot be read. Uses nothing else of {@code produce}.
 */
package io.millrace.launcher.produce.row;
