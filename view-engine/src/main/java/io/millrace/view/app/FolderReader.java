package io.millrace.view.app;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.ApplicationException;
import io.millrace.view.compile.ViewCompiler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.plans.logical.CreateTable;
import org.apache.spark.sql.catalyst.plans.logical.CreateView;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/** Reads an application folder to the end, collecting problems instead of stopping at the first. */
public final class FolderReader {
  private static final Pattern POSITION = Pattern.compile("line (\\d+), column (\\d+): ");

  private final Path folder;
  private final Map<String, SourceDefinition> applied;
  private final LookupFiles lookupFiles;
  private final List<TableStatement> tables = new ArrayList<>();
  private final List<LookupStatement> lookups = new ArrayList<>();
  private final List<ViewStatement> views = new ArrayList<>();
  private final Map<String, String> names = new LinkedHashMap<>();
  private final Set<String> lookupNames = new HashSet<>();
  private final Problems problems = new Problems();
  private final Map<String, SourceDefinition> sources = new LinkedHashMap<>();
  private final List<LookupDefinition> tablesToLookUp = new ArrayList<>();
  private final List<ViewDefinition> definitions = new ArrayList<>();

  /** Whether a statement could not be read, so that what is missing may be in it. */
  private boolean unread;

  /**
   * @param applied sources that are applied already, by name
   * @param files what lookups are held against
   */
  public FolderReader(Path folder, Map<String, SourceDefinition> applied, LookupFiles files) {
    this.folder = folder;
    this.applied = applied;
    this.lookupFiles = files;
  }

  /** Reads, analyses and checks everything; {@link #problems} then has what is wrong. */
  public void read() {
    List<Path> files = sqlFiles();
    if (files.isEmpty()) {
      problems.add(
          new MillraceException(
              ErrorCode.APPLICATION_EMPTY,
              "cannot apply "
                  + folder
                  + ": found no *.sql file there, expected at least one with CREATE TABLE and CREATE"
                  + " VIEW statements"));
      return;
    }
    files.forEach(this::readFile);
    if (names.isEmpty() && problems.all().isEmpty()) {
      problems.add(
          new MillraceException(
              ErrorCode.APPLICATION_EMPTY,
              "cannot apply " + folder + ": found no statement in its *.sql files, expected some"));
    }
    SchemaFiles schemas = SchemaFiles.read(folder);
    schemas.problems().forEach(problems::add);
    tables.forEach(table -> problems.attempt(() -> addSource(table, schemas)));
    List<String> beside = sources.keySet().stream().sorted().toList();
    lookups.forEach(
        lookup ->
            problems
                .value(() -> lookup.definition(lookupFiles, beside))
                .ifPresent(tablesToLookUp::add));
    views.forEach(view -> problems.attempt(() -> addView(view)));
  }

  public List<MillraceException> problems() {
    return problems.all();
  }

  public List<SourceDefinition> sources() {
    return List.copyOf(sources.values());
  }

  public List<LookupDefinition> lookups() {
    return List.copyOf(tablesToLookUp);
  }

  public List<ViewDefinition> views() {
    return definitions;
  }

  private List<Path> sqlFiles() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(folder)) {
      return paths
          .filter(p -> p.getFileName().toString().endsWith(".sql") && Files.isRegularFile(p))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void readFile(Path path) {
    String file = folder.relativize(path).toString();
    String text;
    try {
      text = Files.readString(path);
    } catch (CharacterCodingException e) {
      unread = true;
      problems.add(
          new MillraceException(
              ErrorCode.SQL_SYNTAX, file + ": cannot read the file: expected UTF-8; convert it"));
      return;
    } catch (IOException e) {
      unread = true;
      problems.add(
          new MillraceException(
              ErrorCode.SQL_SYNTAX,
              file + ": cannot read the file: found " + e + ", expected a readable one",
              e));
      return;
    }
    Optional<List<SqlStatement>> statements = problems.value(() -> SqlStatement.split(file, text));
    unread |= statements.isEmpty();
    statements
        .orElse(List.of())
        .forEach(statement -> problems.attempt(() -> readStatement(statement)));
  }

  private void readStatement(SqlStatement statement) {
    Optional<LogicalPlan> plan = problems.value(() -> StatementParser.parse(statement));
    if (plan.isEmpty()) {
      unread = true;
    } else if (plan.get() instanceof CreateTable table) {
      name(table.name(), statement).ifPresent(name -> addTable(statement, name, table));
    } else if (plan.get() instanceof CreateView view) {
      name(view.child(), statement)
          .map(name -> ViewStatement.of(statement, name, view, problems))
          .ifPresent(views::add);
    } else {
      throw statement
          .start()
          .error(
              ErrorCode.NOT_SUPPORTED,
              "cannot apply this statement: expected CREATE TABLE … USING kafka OPTIONS (…) or"
                  + " CREATE VIEW … AS SELECT …; move it elsewhere");
    }
  }

  private void addTable(SqlStatement statement, String name, CreateTable table) {
    String provider = StatementOptions.provider(table);
    Optional<LookupDefinition.Format> format = LookupStatement.format(provider);
    if (format.isPresent()) {
      lookupNames.add(name);
      LookupStatement.of(statement, name, table, format.get(), folder, problems)
          .ifPresent(lookups::add);
    } else if (provider.equals("kafka")) {
      TableStatement.of(statement, name, table, problems).ifPresent(tables::add);
    } else {
      throw StatementOptions.invalid(
          statement.find(name),
          name,
          (provider.isEmpty() ? "found no USING" : "found USING " + provider)
              + ", expected USING kafka; write CREATE TABLE "
              + name
              + " USING kafka OPTIONS (topic '…', schema '….avsc'), or of a file USING csv, json,"
              + " parquet or iceberg OPTIONS (path '…', key '…')");
    }
  }

  /** The name that a statement gives to what it creates; empty if it cannot be used. */
  private Optional<String> name(LogicalPlan identifier, SqlStatement statement) {
    Optional<String> name = problems.value(() -> Names.of(identifier, statement));
    unread |= name.isEmpty();
    name.ifPresent(given -> problems.attempt(() -> claim(given, statement)));
    return name;
  }

  private void claim(String name, SqlStatement statement) {
    SqlStatement.Place place = statement.find(name);
    String first = names.putIfAbsent(name, place.toString());
    if (first != null) {
      throw place.error(
          ErrorCode.INVALID_SQL,
          "cannot create " + name + ": found the name at " + first + " already; choose another");
    }
  }

  private void addSource(TableStatement table, SchemaFiles schemas) {
    if (!schemas.isInvalid(table.schema())) {
      sources.putIfAbsent(
          table.name(), SourceBuilder.build(table, schemas, applied.get(table.name()), problems));
    }
  }

  private void addView(ViewStatement view) {
    SourceDefinition source = source(view);
    if (source == null) {
      return;
    }
    try {
      String version = ViewCompiler.version(view.name(), view.sql(), source);
      ViewDefinition definition =
          new ViewDefinition(
              view.name(), version, view.sql(), source, view.comment(), view.properties());
      ViewCompiler.compile(definition);
      definitions.add(definition);
    } catch (MillraceException e) {
      throw placed(view, e);
    }
  }

  /** The source a view reads; null if that has, or may have, problems of its own. */
  private SourceDefinition source(ViewStatement view) {
    if (view.tables().isEmpty()) {
      throw view.sqlPlace()
          .error(
              ErrorCode.INVALID_SQL,
              "cannot create view " + view.name() + ": found no table in FROM, expected one");
    }
    List<String> declared = tables.stream().map(TableStatement::name).distinct().toList();
    for (String written : view.tables()) {
      String name = written.toLowerCase(Locale.ROOT);
      if (views.stream().anyMatch(other -> other.name().equals(name)) && !declared.contains(name)) {
        throw view.statement()
            .find(written)
            .error(
                ErrorCode.NOT_SUPPORTED,
                "cannot create view "
                    + view.name()
                    + ": found view "
                    + name
                    + " in FROM, expected a table; write its SELECT there instead");
      }
      if (lookupNames.contains(name)) {
        throw view.statement()
            .find(written)
            .error(
                ErrorCode.NOT_SUPPORTED,
                "cannot create view "
                    + view.name()
                    + ": found lookup table "
                    + name
                    + " in FROM, expected a table USING kafka; group by its key here, and join it"
                    + " when you ask: what it says then is right for all history at once");
      }
      if (!names.containsKey(name) && unread) {
        return null;
      }
      if (!names.containsKey(name)) {
        throw view.statement()
            .find(written)
            .error(
                ErrorCode.INVALID_SQL,
                "cannot create view "
                    + view.name()
                    + ": found table "
                    + written
                    + ", which no CREATE TABLE of this folder declares"
                    + Names.suggest(name, declared));
      }
    }
    if (view.tables().stream().map(t -> t.toLowerCase(Locale.ROOT)).distinct().count() > 1) {
      throw view.statement()
          .find(view.tables().get(1))
          .error(
              ErrorCode.NOT_SUPPORTED,
              "cannot create view "
                  + view.name()
                  + ": found tables "
                  + String.join(" and ", view.tables())
                  + ", expected one, as joins are not supported; write a view for each");
    }
    return sources.get(view.tables().get(0).toLowerCase(Locale.ROOT));
  }

  /** The error with its place in the file instead of in the SELECT. */
  private static MillraceException placed(ViewStatement view, MillraceException e) {
    if (e instanceof ApplicationException several) {
      return new ApplicationException(
          several.problems().stream().map(problem -> placed(view, problem)).toList());
    }
    Matcher position = POSITION.matcher(e.getMessage());
    if (!position.find()) {
      return new MillraceException(e.code(), view.sqlPlace() + ": " + e.getMessage(), e);
    }
    SqlStatement.Place place =
        view.sqlPlace()
            .within(Integer.parseInt(position.group(1)), Integer.parseInt(position.group(2)));
    return new MillraceException(e.code(), place + ": " + position.replaceFirst(""), e);
  }
}
