/**
 * The views as they are answered: versions, their states, and the pin that holds one answer still.
 * May use {@code store}, {@code live}, {@code merge} and {@code swap}.
 */
package io.millrace.serving.view;
