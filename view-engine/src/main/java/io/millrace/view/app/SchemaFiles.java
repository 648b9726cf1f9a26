package io.millrace.view.app;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/** The {@code *.avsc} files of an application folder and of the folders in it. */
final class SchemaFiles {
  private static final String SUFFIX = ".avsc";

  private final Path folder;
  private final Map<String, Schema> schemas = new TreeMap<>();
  private final Map<String, String> invalid = new TreeMap<>();

  private SchemaFiles(Path folder) {
    this.folder = folder;
  }

  static SchemaFiles read(Path folder) {
    SchemaFiles files = new SchemaFiles(folder);
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
        if (path.getFileName().toString().endsWith(SUFFIX)) {
          files.add(path);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private void add(Path path) {
    String name = folder.relativize(path).toString();
    try {
      schemas.put(name, new Schema.Parser().parse(path.toFile()));
    } catch (AvroRuntimeException | IOException | StackOverflowError e) {
      invalid.put(name, firstLine(e));
    } catch (NullPointerException e) {
      // What Avro 1.12 throws for a name that is defined nowhere.
      invalid.put(name, "a type that the file does not define");
    }
  }

  private static String firstLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.getClass().getSimpleName());
  }

  /** What is wrong with schema files, whether a statement names them or not. */
  List<MillraceException> problems() {
    List<MillraceException> problems = new ArrayList<>();
    invalid.forEach(
        (name, problem) ->
            problems.add(
                new MillraceException(
                    ErrorCode.SCHEMA_INVALID,
                    name
                        + ": cannot read the schema: found "
                        + problem
                        + ", expected an Avro schema in JSON; correct the file")));
    return problems;
  }

  /** Whether the file is there, but {@link #problems} has something against it. */
  boolean isInvalid(String name) {
    return inFolder(name) && invalid.containsKey(normal(name));
  }

  private boolean inFolder(String name) {
    try {
      Path path = folder.resolve(name).normalize();
      return path.startsWith(folder.normalize()) && !Path.of(name).isAbsolute();
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /**
   * The schema of a file.
   *
   * @throws MillraceException {@code SCHEMA_MISSING}
   */
  Schema schema(String name, SqlStatement.Place place) {
    if (!inFolder(name)) {
      throw place.error(
          ErrorCode.SCHEMA_MISSING,
          "cannot find the schema: found path "
              + name
              + ", expected one inside the folder "
              + folder
              + ", without '..'; copy the file there");
    }
    Schema schema = schemas.get(normal(name));
    if (schema != null) {
      return schema;
    }
    throw place.error(
        ErrorCode.SCHEMA_MISSING,
        "cannot find the schema: found no file "
            + folder.resolve(name)
            + ", expected an Avro schema there; "
            + (schemas.isEmpty()
                ? "the folder has no *.avsc file"
                : "the folder has " + String.join(", ", schemas.keySet())));
  }

  private static String normal(String name) {
    return Path.of(name).normalize().toString();
  }

  /** Every schema of this full name, by file. */
  Map<String, Schema> versions(String fullName) {
    Map<String, Schema> versions = new TreeMap<>(schemas);
    versions.values().removeIf(schema -> !fullName.equals(schema.getFullName()));
    return versions;
  }
}
