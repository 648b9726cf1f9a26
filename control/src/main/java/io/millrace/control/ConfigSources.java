package io.millrace.control;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
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
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{(file|env):([^}]+)}");

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
          if (variable.startsWith(PREFIX) && !NOT_KEYS.contains(variable)) {
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
          return group.prefix() + dotted(variable.substring(prefix.length()));
        }
      } else if (variable(key.name()).equals(variable)) {
        return key.name();
      }
    }
    return dotted(variable.substring(PREFIX.length()));
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
    Matcher matcher = REFERENCE.matcher(text.strip());
    if (!matcher.matches()) {
      values.put(key, new Value(text, where));
      return;
    }
    String name = matcher.group(2);
    if (matcher.group(1).equals("env")) {
      String found = environment.get(name);
      if (found == null) {
        problems.add("found no variable " + name + ", which '" + key + "' in " + where + " names");
      } else {
        values.put(key, new Value(found, where));
      }
      return;
    }
    try {
      values.put(key, new Value(Files.readString(Path.of(name)).strip(), where));
    } catch (IOException e) {
      problems.add(
          "found no readable file " + name + ", which '" + key + "' in " + where + " names");
    }
  }
}
