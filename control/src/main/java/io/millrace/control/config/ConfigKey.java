package io.millrace.control.config;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** One key of the configuration: all that is to be said of it, in one place. */
sealed interface ConfigKey {
  /** The dotted name; a {@link Group}'s ends in {@code .*}. */
  String name();

  /** What a value is, in a word or two, for the guide. */
  String type();

  /** The default as it would be written, or what stands for it in the guide. */
  String defaultText();

  /** What it does, in one sentence for the guide. */
  String doc();

  /**
   * A key with one value.
   *
   * @param defaultText empty: unset by default
   * @param parse throws IllegalArgumentException "found …, expected …"
   * @param text the value in a configuration, as it would be written; empty if unset
   */
  record Single<T>(
      String name,
      String type,
      String defaultText,
      String doc,
      Function<String, T> parse,
      Function<MillraceConfig, Optional<String>> text)
      implements ConfigKey {}

  /**
   * All keys below a prefix, handed to a library as they are.
   *
   * @param values the values in a configuration
   */
  record Group(
      String name,
      String type,
      String defaultText,
      String doc,
      Function<MillraceConfig, Map<String, String>> values)
      implements ConfigKey {
    /** The name without its star: {@code kafka.properties.}. */
    String prefix() {
      return name.substring(0, name.length() - 1);
    }
  }
}
