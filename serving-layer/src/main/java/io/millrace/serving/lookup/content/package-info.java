/**
 * What lookup tables are made of: where their bytes are, what identifies these, and their rows, one
 * by one, in plain Java values. A format each. Knows no store and no view.
 */
package io.millrace.serving.lookup.content;
