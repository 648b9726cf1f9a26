/**
 * What every layer is as a process: main, health, metrics, signals, its place on disk. Uses {@code
 * log} and what that uses; knows no layer.
 */
package io.millrace.control.process;
