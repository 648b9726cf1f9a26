/**
 * Real parts for tests: a broker, processes, a clock of patience, a reader of speed topics. For
 * tests of every module.
 */
package io.millrace.testkit;
