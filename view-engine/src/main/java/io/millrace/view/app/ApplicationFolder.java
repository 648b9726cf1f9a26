package io.millrace.view.app;

import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.ApplicationException;
import io.millrace.view.compile.ViewCompiler;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;

/**
 * An application: the {@code CREATE TABLE} and {@code CREATE VIEW} statements of a folder's {@code
 * *.sql} files with the Avro schemas beside them.
 *
 * @param sources in the order of their statements
 * @param lookups in the order of their statements
 * @param views in the order of their statements
 */
public record ApplicationFolder(
    List<SourceDefinition> sources, List<LookupDefinition> lookups, List<ViewDefinition> views) {
  public ApplicationFolder {
    sources = List.copyOf(sources);
    lookups = List.copyOf(lookups);
    views = List.copyOf(views);
  }

  /** As below, without a look at the files of lookups. */
  public static ApplicationFolder load(Path folder, Map<String, SourceDefinition> applied) {
    return load(folder, applied, LookupFiles.UNREAD);
  }

  /**
   * Reads, analyses and checks a folder.
   *
   * @param applied the sources that are applied already, by name: their writer schemas, topic ids
   *     and lake tables are kept, and a change that could not read them is refused
   * @param files what lookups are held against
   * @throws ApplicationException with every problem found, each with file, line and column
   */
  public static ApplicationFolder load(
      Path folder, Map<String, SourceDefinition> applied, LookupFiles files) {
    FolderReader reader = new FolderReader(folder, applied, files);
    reader.read();
    if (!reader.problems().isEmpty()) {
      throw new ApplicationException(reader.problems());
    }
    return new ApplicationFolder(reader.sources(), reader.lookups(), reader.views());
  }

  /**
   * This application with the ids of its sources' topics. They change no version.
   *
   * @param topicIds by source name
   */
  public ApplicationFolder withTopicIds(Map<String, String> topicIds) {
    UnaryOperator<SourceDefinition> identified =
        source ->
            topicIds.containsKey(source.name())
                ? source.withTopicId(topicIds.get(source.name()))
                : source;
    return new ApplicationFolder(
        sources.stream().map(identified).toList(),
        lookups,
        views.stream().map(view -> view.withSource(identified.apply(view.source()))).toList());
  }

  /**
   * This application with its views in the generations that they have come to: what was begun anew
   * is not begun once more, nor taken back, by applying the folder again.
   *
   * @param generations by view name; the versions follow them
   */
  public ApplicationFolder inGenerations(ToIntFunction<String> generations) {
    return new ApplicationFolder(
        sources,
        lookups,
        views.stream()
            .map(
                view -> {
                  int generation = generations.applyAsInt(view.name());
                  return generation == view.generation()
                      ? view
                      : ViewCompiler.inGeneration(view, generation);
                })
            .toList());
  }
}
