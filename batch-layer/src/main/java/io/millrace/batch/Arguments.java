package io.millrace.batch;

import io.millrace.control.ErrorCode;
import io.millrace.control.MillraceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Command line options of the form {@code --name value}, each repeatable. */
final class Arguments {
  private final Map<String, List<String>> values;

  private Arguments(Map<String, List<String>> values) {
    this.values = values;
  }

  /**
   * @throws MillraceException {@code BAD_REQUEST} for an option not among {@code known}, or one
   *     without a value
   */
  static Arguments parse(String[] args, Set<String> known) {
    Map<String, List<String>> values = new HashMap<>();
    for (int i = 0; i < args.length; i += 2) {
      if (!known.contains(args[i]) || i + 1 == args.length) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot read the command line: found '"
                + args[i]
                + (known.contains(args[i]) ? "' without a value" : "'")
                + ", expected options of "
                + new TreeSet<>(known)
                + ", each with a value");
      }
      values.computeIfAbsent(args[i], key -> new ArrayList<>()).add(args[i + 1]);
    }
    return new Arguments(values);
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  Optional<String> one(String name) {
    return all(name).stream().reduce((first, last) -> last);
  }

  Optional<Path> path(String name) {
    return one(name).map(Path::of);
  }
}
