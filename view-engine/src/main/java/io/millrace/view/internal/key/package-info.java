/**
 * Group keys as bytes that sort like their values, and conditions on them as ranges. Uses {@code
 * plan} and {@code tree}.
 */
package io.millrace.view.internal.key;
