/**
 * An application: a folder of SQL and schemas, read and checked whole, with every problem at its
 * place. Uses {@code compile} and {@code internal}.
 */
package io.millrace.view.app;
