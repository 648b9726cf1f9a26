/**
 * Catalyst trees and Scala collections in Java: the helpers that every other room uses. Uses
 * nothing of Millrace but errors.
 */
package io.millrace.view.internal.tree;
