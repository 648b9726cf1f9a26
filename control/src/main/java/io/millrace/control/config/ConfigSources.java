package io.millrace.control.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where configuration values come from, as dotted keys and texts. Collects problems. */
final class ConfigSources {
  /** Variables that steer the {@code millrace} script, not the configuration. */
  private static final Set<String> NOT_KEYS =
      Set.of("MILLRACE_HOME", "MILLRACE_CONFIG", "MILLRACE_JAVA_OPTS");

  private static final String PREFIX = "MILLRACE_";

  /** {@code ${file:…}} or {@code ${env:…}}; with another dollar before it, that very text. */
  private static final Pattern REFERENCE = Pattern.compile("(\\$?)\\$\\{(file|env):([^}]+)}");

  private static final Pattern UNDERSCORES = Pattern.compile("_{1,3}");
  private static final Pattern LAST_LINE_BREAKS = Pattern.compile("\\R+\\z");

  /** A value and where it was found. */
  record Value(String text, String where) {}

  private final SortedMap<String, Value> values = new TreeMap<>();
  private final Map<String, String> environment;
  private final List<String> problems;

  ConfigSources(Map<String, String> environment, List<String> problems) {
    this.environment = environment;
    this.problems = problems;
  }

  SortedMap<String, Value> values() {
    return values;
  }

  void addFile(Path file) {
    try {
      String text = Files.readString(file);
      if (!text.isBlank()) {
        YAMLMapper mapper =
            YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();
        Object root = mapper.readValue(text, Object.class);
        if (root instanceof Map<?, ?> map) {
          map.forEach((key, value) -> flatten(String.valueOf(key), value, file.toString()));
        } else if (root != null) {
          problems.add("found no keys in " + file + ", expected 'key: value' lines");
        }
      }
    } catch (JsonProcessingException e) {
      problems.add(
          "found a YAML error in "
              + file
              + (e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr())
              + ": "
              + e.getOriginalMessage().lines().findFirst().orElse(""));
    } catch (IOException e) {
      problems.add("found no readable file " + file + " (" + e + "), expected a YAML file");
    }
  }

  void addEnvironment() {
    environment.forEach(
        (variable, text) -> {
          // Compose files and manifests cannot leave a variable out, but they can leave it empty.
          if (variable.startsWith(PREFIX) && !NOT_KEYS.contains(variable) && !text.isEmpty()) {
            put(keyOf(variable), text, "the environment, " + variable);
          }
        });
  }

  void addOverrides(Map<String, String> overrides) {
    overrides.forEach((key, text) -> put(key, text, "--set"));
  }

  /** The name of the variable that sets {@code key}. */
  static String variable(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  private static String keyOf(String variable) {
    for (ConfigKey key : ConfigKeys.ALL) {
      if (key instanceof ConfigKey.Group group) {
        String prefix = variable(group.prefix());
        if (variable.startsWith(prefix)) {
          return group.prefix() + property(variable.substring(prefix.length()));
        }
      } else if (variable(key.name()).equals(variable)) {
        return key.name();
      }
    }
    return dotted(variable.substring(PREFIX.length()));
  }

  /**
   * A library's name of a setting, as Kafka's own images read them from variables: {@code _} stands
   * for a dot, {@code __} for an underscore, {@code ___} for a dash. Letters become lower case,
   * unless some are so already: then the case of all is meant.
   */
  private static String property(String name) {
    String cased =
        name.equals(name.toUpperCase(Locale.ROOT)) ? name.toLowerCase(Locale.ROOT) : name;
    return UNDERSCORES
        .matcher(cased)
        .replaceAll(
            run ->
                switch (run.group().length()) {
                  case 1 -> ".";
                  case 2 -> "_";
                  default -> "-";
                });
  }

  private static String dotted(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', '.');
  }

  private void flatten(String key, Object value, String where) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, inner) -> flatten(key + "." + name, inner, where));
    } else if (value instanceof List<?>) {
      problems.add("found a list at '" + key + "' in " + where + ", expected one value");
    } else if (value != null) {
      put(key, value.toString(), where);
    }
  }

  private void put(String key, String text, String where) {
    Matcher reference = REFERENCE.matcher(text);
    StringBuilder value = new StringBuilder();
    boolean sound = true;
    while (reference.find()) {
      String found;
      if (!reference.group(1).isEmpty()) {
        found = reference.group().substring(1);
      } else {
        String named = ", which '" + key + "' in " + where + " names";
        found =
            reference.group(2).equals("env")
                ? variable(reference.group(3), named)
                : file(reference.group(3), named);
      }
      sound &= found != null;
      reference.appendReplacement(value, Matcher.quoteReplacement(found == null ? "" : found));
    }
    if (sound) {
      values.put(key, new Value(reference.appendTail(value).toString(), where));
    }
  }

  /** The text such that {@link #put} takes it for the value and finds no reference in it. */
  static String withoutReferences(String value) {
    return REFERENCE.matcher(value).replaceAll("\\$$0");
  }

  /** Whether a value names a file or a variable. */
  static boolean refers(String text) {
    return REFERENCE.matcher(text).results().anyMatch(found -> found.group(1).isEmpty());
  }

  private String variable(String name, String named) {
    String found = environment.get(name);
    if (found == null) {
      problems.add("found no variable " + name + named);
    }
    return found;
  }

  /** All of a file but the line breaks at its end. */
  private String file(String name, String named) {
    try {
      String text = LAST_LINE_BREAKS.matcher(Files.readString(Path.of(name))).replaceFirst("");
      if (text.isEmpty()) {
        problems.add("found nothing in file " + name + named + ", expected the value");
        return null;
      }
      return text;
    } catch (IOException | InvalidPathException e) {
      problems.add(
          "found no readable file "
              + name
              + named
              + " ("
              + e.getClass().getSimpleName()
              + "), expected the value in it");
      return null;
    }
  }
}
