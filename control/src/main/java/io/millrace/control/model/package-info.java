/**
 * What the layers talk about, as values: sources, views, runs, positions, progress, and their bytes
 * where another process reads them. Uses {@code schemas} and {@code error}.
 */
package io.millrace.control.model;
