package io.millrace.serving.pgcatalog;

import static io.millrace.serving.pgcatalog.CatalogValues.bool;
import static io.millrace.serving.pgcatalog.CatalogValues.isTrue;
import static io.millrace.serving.pgcatalog.CatalogValues.number;
import static io.millrace.serving.pgcatalog.CatalogValues.text;

import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgType;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The functions and casts that clients use on the catalogue. Thread-confined. */
final class Functions {
  /** Those that give several values. */
  static final Set<String> SETS =
      Set.of("generate_series", "unnest", "_pg_expandarray", "generate_subscripts");

  /** Columns of functions in FROM that have names of their own. */
  static final Map<String, List<String>> COLUMNS = Map.of("pg_get_keywords", List.of("word"));

  private static final int LONGEST = 1 << 20;

  /** Those that clients ask about things that there are none of. */
  private static final Set<String> NOTHING =
      Set.of(
          "pg_get_expr",
          "pg_get_indexdef",
          "pg_get_constraintdef",
          "pg_get_functiondef",
          "pg_get_function_arguments",
          "pg_get_function_result",
          "pg_get_function_identity_arguments",
          "pg_get_function_sqlbody",
          "pg_get_triggerdef",
          "pg_get_ruledef",
          "pg_get_partkeydef",
          "pg_get_statisticsobjdef_columns",
          "pg_get_statisticsobjdef",
          "pg_get_serial_sequence",
          "pg_tablespace_location",
          "shobj_description",
          "inet_server_addr",
          "inet_server_port",
          "inet_client_addr",
          "pg_get_partition_constraintdef",
          "pg_options_to_table",
          "pg_partition_ancestors",
          "pg_get_publication_tables",
          "pg_relation_filenode",
          "pg_last_wal_replay_lsn",
          "array_remove",
          "pg_show_all_file_settings");

  private static final Set<String> NO_NUMBER =
      Set.of(
          "pg_relation_size",
          "pg_total_relation_size",
          "pg_table_size",
          "pg_indexes_size",
          "pg_database_size",
          "pg_tablespace_size",
          "pg_my_temp_schema",
          "txid_current",
          "pg_stat_get_numscans",
          "age");

  private final SessionFacts session;
  private final SystemTables tables;

  Functions(SessionFacts session, SystemTables tables) {
    this.session = session;
    this.tables = tables;
  }

  static String bounded(String text) {
    if (text.length() > LONGEST) {
      throw PgError.of(PgError.LIMIT, "cannot answer: found a text of too many characters");
    }
    return text;
  }

  Object call(Ast.Call call, List<Object> a) {
    String name = call.name();
    if (name.endsWith("_is_visible")) {
      return true;
    }
    if (NOTHING.contains(name)) {
      return null;
    }
    if (NO_NUMBER.contains(name)) {
      return 0L;
    }
    if (name.startsWith("has_") && name.endsWith("_privilege")) {
      String privilege = a.isEmpty() ? "" : String.valueOf(text(a.get(a.size() - 1)));
      return privilege.toUpperCase(Locale.ROOT).matches(".*(SELECT|USAGE|CONNECT|EXECUTE).*");
    }
    try {
      return known(call, name, a);
    } catch (IndexOutOfBoundsException e) {
      throw unknown(call, a);
    }
  }

  private Object known(Ast.Call call, String name, List<Object> a) {
    return switch (name) {
      case "version" ->
          "PostgreSQL "
              + session.settings().getOrDefault("server_version", "")
              + ", which serves views of Spark SQL";
      case "current_database", "current_catalog" -> session.database();
      case "current_schema" -> SystemTables.PUBLIC;
      case "current_schemas" ->
          isTrue(a.get(0))
              ? List.of("pg_catalog", SystemTables.PUBLIC)
              : List.of(SystemTables.PUBLIC);
      case "current_user", "session_user", "current_role", "user", "pg_get_userbyid" ->
          session.user();
      case "pg_backend_pid" -> (long) session.process();
      case "pg_is_in_recovery",
          "pg_is_other_temp_schema",
          "pg_relation_is_publishable",
          "row_security_active",
          "pg_is_wal_replay_paused" ->
          false;
      case "pg_postmaster_start_time",
          "now",
          "current_timestamp",
          "localtimestamp",
          "clock_timestamp",
          "statement_timestamp",
          "transaction_timestamp",
          "pg_conf_load_time" ->
          Instant.now();
      case "current_date" -> LocalDate.now(ZoneOffset.UTC).toString();
      case "current_setting" -> setting(a);
      case "set_config" -> a.get(1);
      case "pg_get_keywords" -> List.of("ilike", "measure", "rlike", "try_cast");
      case "pg_encoding_to_char" -> "UTF8";
      case "pg_char_to_encoding" -> 6L;
      case "format_type" -> formatted(a.get(0), a.size() > 1 ? a.get(1) : null);
      case "pg_get_viewdef" -> tables.definition(number(cast(a.get(0), "regclass")));
      case "obj_description" -> tables.comment(number(a.get(0)), 0L);
      case "col_description" -> tables.comment(number(a.get(0)), number(a.get(1)));
      case "to_regclass" -> a.get(0) == null ? null : tables.find(text(a.get(0)));
      case "to_regtype" ->
          PgType.named(text(a.get(0))).map(t -> new Reg(t.oid(), t.sqlName())).orElse(null);
      default -> general(call, name, a);
    };
  }

  private Object setting(List<Object> a) {
    String value = session.settings().get(text(a.get(0)).toLowerCase(Locale.ROOT));
    if (value == null && !(a.size() > 1 && isTrue(a.get(1)))) {
      throw PgError.of(
          PgError.UNDEFINED_OBJECT,
          "unrecognized configuration parameter \"" + text(a.get(0)) + "\"");
    }
    return value;
  }

  private static Object formatted(Object oid, Object modifier) {
    if (oid == null) {
      return null;
    }
    Long typeModifier = number(modifier);
    return PgType.ofOid(number(oid).intValue())
        .map(type -> type.formatted(typeModifier == null ? -1 : typeModifier.intValue()))
        .orElse("???");
  }

  private Object general(Ast.Call call, String name, List<Object> a) {
    if (name.equals("nullif")) {
      Object left = a.get(0);
      return left != null && a.get(1) != null && CatalogValues.compare(left, a.get(1)) == 0
          ? null
          : left;
    }
    if (name.equals("concat") || name.equals("concat_ws")) {
      boolean between = name.equals("concat_ws");
      List<String> parts =
          a.stream()
              .skip(between ? 1 : 0)
              .map(v -> v == null ? null : text(v))
              .filter(v -> v != null)
              .toList();
      return bounded(String.join(between ? text(a.get(0)) : "", parts));
    }
    if (name.equals("greatest") || name.equals("least")) {
      List<Object> values = a.stream().filter(v -> v != null).toList();
      return (name.equals("greatest")
              ? values.stream().max(CatalogValues::compare)
              : values.stream().min(CatalogValues::compare))
          .orElse(null);
    }
    if (name.equals("format")) {
      return a.get(0) == null ? null : formatted(a);
    }
    if (name.equals("array_to_string")) {
      return a.get(0) == null ? null : joined(a);
    }
    if (name.equals("_pg_expandarray")) {
      return a.get(0) instanceof List<?> list ? expanded(list) : List.of();
    }
    if (a.stream().anyMatch(v -> v == null)) {
      return null;
    }
    return ofValues(call, name, a);
  }

  /** {@code format('%I.%I', …)}: names, texts and literals in their places. */
  private static String formatted(List<Object> a) {
    String form = text(a.get(0));
    StringBuilder text = new StringBuilder();
    int next = 1;
    for (int i = 0; i < form.length(); i++) {
      char c = form.charAt(i);
      if (c != '%' || i + 1 == form.length()) {
        text.append(c);
        continue;
      }
      char kind = form.charAt(++i);
      if (kind == '%') {
        text.append('%');
        continue;
      }
      String value = text(a.get(next++));
      switch (kind) {
        case 'I' -> text.append(SystemTables.quoted(String.valueOf(value)));
        case 'L' -> text.append(value == null ? "NULL" : "'" + value.replace("'", "''") + "'");
        default -> text.append(value == null ? "" : value);
      }
    }
    return bounded(text.toString());
  }

  private static Object joined(List<Object> a) {
    List<?> items = a.get(0) instanceof List<?> list ? list : parsedArray(text(a.get(0)));
    List<String> parts = new ArrayList<>();
    for (Object item : items) {
      if (item != null) {
        parts.add(text(item));
      } else if (a.size() > 2 && a.get(2) != null) {
        parts.add(text(a.get(2)));
      }
    }
    return bounded(String.join(text(a.get(1)), parts));
  }

  private static List<Object> expanded(List<?> items) {
    List<Object> expanded = new ArrayList<>();
    for (Object item : items) {
      Map<String, Object> each = new java.util.HashMap<>();
      each.put("x", item);
      each.put("n", expanded.size() + 1L);
      expanded.add(each);
    }
    return expanded;
  }

  private static Object ofValues(Ast.Call call, String name, List<Object> a) {
    return switch (name) {
      case "lower" -> text(a.get(0)).toLowerCase(Locale.ROOT);
      case "upper" -> text(a.get(0)).toUpperCase(Locale.ROOT);
      case "length", "char_length", "character_length", "octet_length" ->
          (long) text(a.get(0)).length();
      case "trim", "btrim" -> text(a.get(0)).strip();
      case "ltrim" -> text(a.get(0)).stripLeading();
      case "rtrim" -> text(a.get(0)).stripTrailing();
      case "substring", "substr" -> substring(a);
      case "left" ->
          text(a.get(0))
              .substring(0, (int) Math.max(0, Math.min(text(a.get(0)).length(), number(a.get(1)))));
      case "replace" -> bounded(text(a.get(0)).replace(text(a.get(1)), text(a.get(2))));
      case "regexp_replace" -> text(a.get(0));
      case "split_part" -> {
        String[] parts = text(a.get(0)).split(java.util.regex.Pattern.quote(text(a.get(1))), -1);
        long n = number(a.get(2));
        yield n >= 1 && n <= parts.length ? parts[(int) n - 1] : "";
      }
      case "strpos" -> (long) text(a.get(0)).indexOf(text(a.get(1))) + 1;
      case "string_to_array" -> {
        List<Object> parts = new ArrayList<>();
        for (String part :
            text(a.get(0)).split(java.util.regex.Pattern.quote(text(a.get(1))), -1)) {
          parts.add(part);
        }
        yield parts;
      }
      case "starts_with" -> text(a.get(0)).startsWith(text(a.get(1)));
      case "quote_ident" -> SystemTables.quoted(text(a.get(0)));
      case "quote_literal" -> "'" + text(a.get(0)).replace("'", "''") + "'";
      case "array_length", "array_upper", "cardinality" -> {
        int size = list(a.get(0)).size();
        yield size == 0 && !name.equals("cardinality") ? null : (Object) (long) size;
      }
      case "array_lower" -> list(a.get(0)).isEmpty() ? null : (Object) 1L;
      case "array_position" -> {
        int at = list(a.get(0)).indexOf(a.get(1));
        yield at < 0 ? null : (Object) (at + 1L);
      }
      case "unnest" -> list(a.get(0));
      case "generate_series" -> series(number(a.get(0)), number(a.get(1)));
      case "generate_subscripts" -> series(1, list(a.get(0)).size());
      case "abs" -> Math.abs(number(a.get(0)));
      case "round", "floor", "ceil", "trunc" -> a.get(0);
      case "pg_size_pretty" -> number(a.get(0)) + " bytes";
      case "mod" -> number(a.get(1)) == 0 ? null : (Object) (number(a.get(0)) % number(a.get(1)));
      case "to_char" -> text(a.get(0));
      case "bool" -> bool(a.get(0));
      default -> throw unknown(call, a);
    };
  }

  private static PgError unknown(Ast.Call call, List<Object> a) {
    return PgError.of(
            PgError.UNDEFINED_FUNCTION,
            "function %s of %d arguments does not exist on the catalogue"
                .formatted(call.name(), a.size()))
        .at(call.at());
  }

  private static Object substring(List<Object> a) {
    String text = text(a.get(0));
    if (!(a.get(1) instanceof Number)) {
      java.util.regex.Matcher found =
          java.util.regex.Pattern.compile(java.util.regex.Pattern.quote(text(a.get(1))))
              .matcher(text);
      return found.find() ? found.group() : null;
    }
    long from = Math.max(0, number(a.get(1)) - 1);
    long to = a.size() > 2 ? Math.min(text.length(), from + number(a.get(2))) : text.length();
    return from >= to ? "" : text.substring((int) from, (int) to);
  }

  private static List<?> list(Object value) {
    return value instanceof List<?> list ? list : parsedArray(text(value));
  }

  private static List<Object> series(long from, long to) {
    List<Object> series = new ArrayList<>();
    for (long i = from; i <= to && series.size() < 100_000; i++) {
      series.add(i);
    }
    return series;
  }

  /** {@code {a,b}}, or the numbers of a vector. */
  static List<Object> parsedArray(String text) {
    String inner =
        text.startsWith("{") && text.endsWith("}") ? text.substring(1, text.length() - 1) : text;
    if (inner.isBlank()) {
      return List.of();
    }
    List<Object> items = new ArrayList<>();
    for (String item : inner.split("[,\\s]+")) {
      items.add(item.replace("\"", ""));
    }
    return items;
  }

  /**
   * @throws PgError {@code 42P01}, {@code 22P02}
   */
  Object cast(Object value, String type) {
    if (value == null) {
      return null;
    }
    if (type.endsWith("[]")) {
      return value instanceof List<?> ? value : parsedArray(text(value));
    }
    return switch (type) {
      case "regclass" -> regclass(value);
      case "regtype" ->
          value instanceof Number || value instanceof Reg || digits(value)
              ? PgType.ofOid(number(value).intValue())
                  .<Object>map(t -> new Reg(t.oid(), t.sqlName()))
                  .orElse(value)
              : PgType.named(unqualified(text(value)))
                  .<Object>map(t -> new Reg(t.oid(), t.sqlName()))
                  .orElseThrow(
                      () ->
                          PgError.of(
                              PgError.UNDEFINED_OBJECT,
                              "type \"" + text(value) + "\" does not exist"));
      case "regnamespace" ->
          value instanceof Number || digits(value)
              ? tables.namespace(number(value))
              : tables.namespace(unqualified(text(value)));
      case "regrole" -> new Reg(SystemTables.OWNER, session.user());
      case "regproc", "regprocedure", "regoper", "regoperator", "regconfig", "regdictionary" ->
          unqualified(text(value));
      case "text", "name", "varchar", "bpchar", "string", "char", "json", "uuid", "xid" ->
          text(value);
      case "int", "integer", "int2", "int4", "int8", "bigint", "smallint", "oid" -> number(value);
      case "bool", "boolean" -> bool(value);
      case "numeric", "decimal", "float", "float4", "float8", "real", "double precision" ->
          value instanceof BigDecimal ? value : (Object) number(value);
      default -> value;
    };
  }

  private Object regclass(Object value) {
    if (value instanceof Reg) {
      return value;
    }
    if (value instanceof Number || digits(value)) {
      return tables.named(number(value));
    }
    Reg found = tables.find(text(value));
    if (found == null) {
      throw PgError.of(PgError.UNDEFINED_TABLE, "relation \"" + text(value) + "\" does not exist");
    }
    return found;
  }

  private static boolean digits(Object value) {
    return value instanceof String text && text.matches("\\d{1,10}");
  }

  private static String unqualified(String name) {
    String plain = name.replace("\"", "");
    return plain.substring(plain.lastIndexOf('.') + 1);
  }

  PgType castType(String type) {
    return switch (type) {
      case "regclass" -> PgType.REGCLASS;
      case "regtype" -> PgType.REGTYPE;
      case "regproc" -> PgType.REGPROC;
      case "regnamespace", "regrole" -> PgType.TEXT;
      case "char" -> PgType.CHAR;
      case "numeric", "decimal", "float", "float4", "float8", "real", "double precision" ->
          PgType.NUMERIC;
      default ->
          type.endsWith("[]")
              ? PgType.TEXT_ARRAY
              : PgType.named(type)
                  .filter(t -> t.category() != 'D' && t.category() != 'T' && t.category() != 'U')
                  .orElse(PgType.TEXT);
    };
  }

  /** What a function's values are. */
  PgType type(Ast.Call call, Function<Ast.Node, PgType> of) {
    String name = call.name();
    if (name.endsWith("_is_visible") || name.startsWith("has_")) {
      return PgType.BOOL;
    }
    if (NO_NUMBER.contains(name)) {
      return PgType.INT8;
    }
    return switch (name) {
      case "current_database",
          "current_catalog",
          "current_schema",
          "current_user",
          "session_user",
          "current_role",
          "user",
          "pg_get_userbyid",
          "pg_encoding_to_char" ->
          PgType.NAME;
      case "current_schemas" -> PgType.NAME_ARRAY;
      case "pg_backend_pid",
          "length",
          "char_length",
          "strpos",
          "array_upper",
          "array_length",
          "array_lower",
          "cardinality",
          "array_position",
          "pg_char_to_encoding",
          "generate_series",
          "generate_subscripts" ->
          PgType.INT4;
      case "count", "sum", "row_number", "avg" -> PgType.INT8;
      case "pg_is_in_recovery",
          "pg_is_other_temp_schema",
          "pg_relation_is_publishable",
          "row_security_active",
          "starts_with",
          "bool_or",
          "bool_and",
          "every" ->
          PgType.BOOL;
      case "now",
          "current_timestamp",
          "localtimestamp",
          "clock_timestamp",
          "pg_postmaster_start_time",
          "statement_timestamp",
          "transaction_timestamp",
          "pg_conf_load_time" ->
          PgType.TIMESTAMPTZ;
      case "to_regclass" -> PgType.REGCLASS;
      case "to_regtype" -> PgType.REGTYPE;
      case "array_agg", "string_to_array" -> PgType.TEXT_ARRAY;
      case "coalesce", "nullif", "min", "max", "greatest", "least", "abs", "mod" ->
          of.apply(call.arguments().get(0));
      case "unnest" -> {
        PgType array = of.apply(call.arguments().get(0));
        yield array.element().orElse(PgType.TEXT);
      }
      default -> PgType.TEXT;
    };
  }
}
