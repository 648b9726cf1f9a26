/**
 * Window functions: rows of a partition side by side, each with what is made of its frame. The
 * frames are Spark's own. Uses {@code operate}, {@code analyze} and {@code tree}.
 */
package io.millrace.view.internal.operate.window;
