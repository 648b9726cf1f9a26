/**
 * Questions in SQL as others see them: parsed, planned, run. A plan names the scans it needs; who
 * runs it hands in the groups. Uses the root's API and {@code lookup} alone; no type of Spark or
 * Catalyst is named here. Implemented in {@code internal.planner} and {@code internal.operate},
 * made by {@code compile.QueryCompiler}.
 */
package io.millrace.view.query;
