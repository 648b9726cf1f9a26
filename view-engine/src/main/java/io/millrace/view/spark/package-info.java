/**
 * Views inside Spark: the same plan, made to give states instead of finished columns, and the
 * decoder as a function over rows. For the batch layer. Uses {@code compile} and {@code internal}.
 */
package io.millrace.view.spark;
