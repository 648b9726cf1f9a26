/**
 * What a task keeps and sends, as bytes and as the two interfaces it writes to. Uses no other
 * package of this module.
 */
package io.millrace.speed.store;
