/**
 * What commands share: the configuration they were given, and the running system seen from outside.
 * Uses {@code console} and {@code local}.
 */
package io.millrace.launcher.client;
