package io.millrace.serving.pgcatalog;

import io.millrace.serving.pgsql.PgColumn;
import io.millrace.serving.pgsql.PgType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The relations of {@code pg_catalog} and {@code information_schema}. Made for one question. */
final class SystemTables {
  static final String PUBLIC = "public";
  static final long OWNER = 10;
  private static final long CATALOG_NAMESPACE = 11;
  private static final long PUBLIC_NAMESPACE = 2200;
  private static final long SCHEMA_NAMESPACE = 13_000;
  private static final long DATABASE = 5;

  /** Those that say of what there is none here. Any column of theirs may be asked for. */
  private static final Set<String> EMPTY =
      Set.of(
          "pg_aggregate",
          "pg_amop",
          "pg_amproc",
          "pg_attrdef",
          "pg_auth_members",
          "pg_available_extensions",
          "pg_cast",
          "pg_collation",
          "pg_config",
          "pg_constraint",
          "pg_conversion",
          "pg_cursors",
          "pg_db_role_setting",
          "pg_default_acl",
          "pg_depend",
          "pg_enum",
          "pg_event_trigger",
          "pg_extension",
          "pg_foreign_data_wrapper",
          "pg_foreign_server",
          "pg_foreign_table",
          "pg_group",
          "pg_hba_file_rules",
          "pg_index",
          "pg_indexes",
          "pg_inherits",
          "pg_init_privs",
          "pg_largeobject",
          "pg_largeobject_metadata",
          "pg_locks",
          "pg_matviews",
          "pg_opclass",
          "pg_operator",
          "pg_opfamily",
          "pg_parameter_acl",
          "pg_partitioned_table",
          "pg_policies",
          "pg_policy",
          "pg_prepared_statements",
          "pg_prepared_xacts",
          "pg_proc",
          "pg_publication",
          "pg_publication_namespace",
          "pg_publication_rel",
          "pg_publication_tables",
          "pg_range",
          "pg_replication_slots",
          "pg_rewrite",
          "pg_rules",
          "pg_seclabel",
          "pg_seclabels",
          "pg_sequence",
          "pg_sequences",
          "pg_shdepend",
          "pg_shdescription",
          "pg_shmem_allocations",
          "pg_shseclabel",
          "pg_stat_activity",
          "pg_stat_all_indexes",
          "pg_stat_all_tables",
          "pg_stat_database",
          "pg_stat_replication",
          "pg_stat_user_indexes",
          "pg_stat_user_tables",
          "pg_statio_user_tables",
          "pg_statistic",
          "pg_statistic_ext",
          "pg_statistic_ext_data",
          "pg_stats",
          "pg_subscription",
          "pg_subscription_rel",
          "pg_tables",
          "pg_timezone_abbrevs",
          "pg_timezone_names",
          "pg_transform",
          "pg_trigger",
          "pg_ts_config",
          "pg_ts_dict",
          "pg_ts_parser",
          "pg_ts_template",
          "pg_user_mapping",
          "pg_user_mappings",
          "pg_foreign_tables");

  private static final Set<String> EMPTY_IN_SCHEMA =
      Set.of(
          "character_sets",
          "check_constraints",
          "collations",
          "column_domain_usage",
          "column_privileges",
          "column_udt_usage",
          "constraint_column_usage",
          "constraint_table_usage",
          "domain_constraints",
          "domains",
          "element_types",
          "key_column_usage",
          "parameters",
          "referential_constraints",
          "role_table_grants",
          "routine_privileges",
          "routines",
          "sequences",
          "table_constraints",
          "table_privileges",
          "triggered_update_columns",
          "triggers",
          "usage_privileges",
          "user_defined_types",
          "view_column_usage",
          "view_table_usage");

  private final SessionFacts session;
  private final List<CatalogView> views;
  private final Map<String, Supplier<CatalogRelation>> catalog = new HashMap<>();
  private final Map<String, Supplier<CatalogRelation>> schema = new HashMap<>();

  SystemTables(SessionFacts session, List<CatalogView> views) {
    this.session = session;
    this.views = views;
    catalog.put("pg_namespace", this::namespaces);
    catalog.put("pg_class", this::classes);
    catalog.put("pg_attribute", this::attributes);
    catalog.put("pg_type", this::types);
    catalog.put("pg_description", this::descriptions);
    catalog.put("pg_database", this::databases);
    catalog.put("pg_roles", () -> roles("rol"));
    catalog.put("pg_authid", () -> roles("rol"));
    catalog.put("pg_user", () -> roles("use"));
    catalog.put("pg_shadow", () -> roles("use"));
    catalog.put("pg_views", this::pgViews);
    catalog.put("pg_settings", this::settings);
    catalog.put("pg_am", this::accessMethods);
    catalog.put("pg_tablespace", this::tablespaces);
    catalog.put("pg_language", this::languages);
    schema.put("tables", this::schemaTables);
    schema.put("views", this::schemaViews);
    schema.put("columns", this::schemaColumns);
    schema.put("schemata", this::schemata);
    schema.put(
        "enabled_roles", () -> rows("role_name:name", List.<Object[]>of(row(session.user()))));
    schema.put(
        "applicable_roles", () -> rows("role_name:name", List.<Object[]>of(row(session.user()))));
    schema.put(
        "information_schema_catalog_name",
        () -> rows("catalog_name:name", List.<Object[]>of(row(session.database()))));
  }

  /**
   * @param schemaName null: none is named
   */
  Optional<CatalogRelation> named(String schemaName, String name) {
    if (schemaName == null || schemaName.equals("pg_catalog")) {
      if (catalog.containsKey(name)) {
        return Optional.of(catalog.get(name).get());
      }
      if (EMPTY.contains(name)) {
        return Optional.of(new CatalogRelation(List.of(), List.of(), Set.of(name)));
      }
    } else if (schemaName.equals("information_schema")) {
      if (schema.containsKey(name)) {
        return Optional.of(schema.get(name).get());
      }
      if (EMPTY_IN_SCHEMA.contains(name)) {
        return Optional.of(new CatalogRelation(List.of(), List.of(), Set.of(name)));
      }
    }
    return Optional.empty();
  }

  // What functions ask.

  Reg find(String name) {
    String wanted = name;
    for (String prefix : List.of("pg_catalog.", PUBLIC + ".", "\"" + PUBLIC + "\".")) {
      wanted = wanted.startsWith(prefix) ? wanted.substring(prefix.length()) : wanted;
    }
    boolean quoted = wanted.startsWith("\"") && wanted.endsWith("\"") && wanted.length() > 1;
    String plain = quoted ? wanted.substring(1, wanted.length() - 1).replace("\"\"", "\"") : wanted;
    for (CatalogView view : views) {
      if (quoted ? view.name().equals(plain) : view.name().equalsIgnoreCase(plain)) {
        return new Reg(view.oid(), quoted(view.name()));
      }
    }
    int at = systemNames().indexOf(plain);
    return at < 0 ? null : new Reg(systemOid(at), plain);
  }

  Object named(long oid) {
    for (CatalogView view : views) {
      if (view.oid() == oid) {
        return new Reg(oid, quoted(view.name()));
      }
    }
    List<String> names = systemNames();
    for (int i = 0; i < names.size(); i++) {
      if (systemOid(i) == oid) {
        return new Reg(oid, names.get(i));
      }
    }
    return new Reg(oid, oid == 0 ? "-" : Long.toString(oid));
  }

  private List<String> systemNames() {
    Set<String> names = new HashSet<>(catalog.keySet());
    names.addAll(EMPTY);
    return names.stream().sorted().toList();
  }

  private static long systemOid(int index) {
    // pg_class itself has a number that some clients know.
    return 2_000 + index;
  }

  Reg namespace(long oid) {
    return oid == PUBLIC_NAMESPACE
        ? new Reg(oid, PUBLIC)
        : oid == SCHEMA_NAMESPACE ? new Reg(oid, "information_schema") : new Reg(oid, "pg_catalog");
  }

  Reg namespace(String name) {
    return switch (name) {
      case "pg_catalog" -> new Reg(CATALOG_NAMESPACE, name);
      case "information_schema" -> new Reg(SCHEMA_NAMESPACE, name);
      default -> new Reg(PUBLIC_NAMESPACE, name);
    };
  }

  String definition(Long oid) {
    return views.stream()
        .filter(view -> oid != null && view.oid() == oid)
        .map(view -> view.sql().strip())
        .findFirst()
        .orElse(null);
  }

  String comment(Long oid, Long column) {
    return views.stream()
        .filter(view -> oid != null && view.oid() == oid && column == 0)
        .map(CatalogView::comment)
        .filter(comment -> !comment.isEmpty())
        .findFirst()
        .orElse(null);
  }

  static String quoted(String name) {
    return name.matches("[a-z_][a-z0-9_$]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  // pg_catalog.

  private static Object[] row(Object... values) {
    return values;
  }

  /**
   * @param columns name:type, separated by spaces
   */
  private static CatalogRelation rows(String columns, List<Object[]> rows) {
    List<CatalogRelation.Column> parsed = new ArrayList<>();
    for (String column : columns.split(" ")) {
      int colon = column.indexOf(':');
      parsed.add(
          new CatalogRelation.Column(
              "",
              column.substring(0, colon),
              PgType.named(column.substring(colon + 1))
                  .orElseThrow(() -> new IllegalStateException(column))));
    }
    rows.forEach(
        row -> {
          if (row.length != parsed.size()) {
            throw new IllegalStateException(row.length + " values for " + columns);
          }
        });
    return new CatalogRelation(parsed, rows, Set.of());
  }

  private CatalogRelation namespaces() {
    return rows(
        "oid:oid nspname:name nspowner:oid nspacl:_text",
        List.of(
            row(CATALOG_NAMESPACE, "pg_catalog", OWNER, null),
            row(PUBLIC_NAMESPACE, PUBLIC, OWNER, null),
            row(SCHEMA_NAMESPACE, "information_schema", OWNER, null)));
  }

  private CatalogRelation classes() {
    List<Object[]> rows = new ArrayList<>();
    for (CatalogView view : views) {
      rows.add(ofClass(view.oid(), view.name(), PUBLIC_NAMESPACE, "v", view.columns().size()));
    }
    List<String> names = systemNames();
    for (int i = 0; i < names.size(); i++) {
      rows.add(ofClass(systemOid(i), names.get(i), CATALOG_NAMESPACE, "r", 1));
    }
    return rows(
        "oid:oid relname:name relnamespace:oid reltype:oid reloftype:oid relowner:oid relam:oid"
            + " relfilenode:oid reltablespace:oid relpages:int4 reltuples:float4"
            + " relallvisible:int4 reltoastrelid:oid relhasindex:bool relisshared:bool"
            + " relpersistence:char relkind:char relnatts:int2 relchecks:int2 relhasrules:bool"
            + " relhastriggers:bool relhassubclass:bool relrowsecurity:bool"
            + " relforcerowsecurity:bool relispopulated:bool relreplident:char"
            + " relispartition:bool relrewrite:oid relacl:_text reloptions:_text relhasoids:bool"
            + " relpartbound:text",
        rows);
  }

  private static Object[] ofClass(
      long oid, String name, long namespace, String kind, long columns) {
    return row(
        oid, name, namespace, 0L, 0L, OWNER, 0L, 0L, 0L, 0L, -1L, 0L, 0L, false, false, "p", kind,
        columns, 0L, false, false, false, false, false, true, "n", false, 0L, null, null, false,
        null);
  }

  private CatalogRelation attributes() {
    List<Object[]> rows = new ArrayList<>();
    for (CatalogView view : views) {
      long number = 0;
      for (PgColumn column : view.columns()) {
        rows.add(attribute(view.oid(), column.name(), column.type(), column.modifier(), ++number));
      }
    }
    List<String> names = systemNames();
    for (int i = 0; i < names.size(); i++) {
      if (catalog.containsKey(names.get(i))) {
        long number = 0;
        for (CatalogRelation.Column column : columns(names.get(i))) {
          rows.add(attribute(systemOid(i), column.name(), column.type(), -1, ++number));
        }
      }
    }
    return rows(
        "attrelid:oid attname:name atttypid:oid attstattarget:int4 attlen:int2 attnum:int2"
            + " attndims:int4 attcacheoff:int4 atttypmod:int4 attbyval:bool attstorage:char"
            + " attalign:char attcompression:char attnotnull:bool atthasdef:bool"
            + " atthasmissing:bool attidentity:char attgenerated:char attisdropped:bool"
            + " attislocal:bool attinhcount:int4 attcollation:oid attacl:_text attoptions:_text"
            + " attfdwoptions:_text attmissingval:text",
        rows);
  }

  /** Without those of what lists columns itself. */
  private List<CatalogRelation.Column> columns(String name) {
    return name.equals("pg_attribute") || name.equals("pg_settings")
        ? List.of()
        : catalog.get(name).get().columns();
  }

  private static Object[] attribute(
      long relation, String name, PgType type, int modifier, long number) {
    return row(
        relation,
        name,
        (long) type.oid(),
        -1L,
        (long) type.length(),
        number,
        type.element().isPresent() ? 1L : 0L,
        -1L,
        (long) modifier,
        false,
        "p",
        "i",
        "",
        false,
        false,
        false,
        "",
        "",
        false,
        true,
        0L,
        0L,
        null,
        null,
        null,
        null);
  }

  private CatalogRelation types() {
    List<Object[]> rows = new ArrayList<>();
    for (PgType type : PgType.values()) {
      boolean array = type.element().isPresent();
      rows.add(
          row(
              (long) type.oid(),
              type.pgName(),
              CATALOG_NAMESPACE,
              OWNER,
              (long) type.length(),
              false,
              type == PgType.UNKNOWN ? "p" : "b",
              String.valueOf(type.category()),
              false,
              true,
              ",",
              0L,
              array ? "array_subscript_handler" : "-",
              (long) type.element().map(PgType::oid).orElse(0),
              (long) type.arrayOid(),
              array ? "array_in" : type.pgName() + "in",
              array ? "array_out" : type.pgName() + "out",
              array ? "array_recv" : type.pgName() + "recv",
              array ? "array_send" : type.pgName() + "send",
              "-",
              "-",
              "-",
              "i",
              "p",
              false,
              0L,
              -1L,
              0L,
              0L,
              null,
              null,
              null));
    }
    return rows(
        "oid:oid typname:name typnamespace:oid typowner:oid typlen:int2 typbyval:bool"
            + " typtype:char typcategory:char typispreferred:bool typisdefined:bool"
            + " typdelim:char typrelid:oid typsubscript:regproc typelem:oid typarray:oid"
            + " typinput:regproc typoutput:regproc typreceive:regproc typsend:regproc"
            + " typmodin:regproc typmodout:regproc typanalyze:regproc typalign:char"
            + " typstorage:char typnotnull:bool typbasetype:oid typtypmod:int4 typndims:int4"
            + " typcollation:oid typdefaultbin:text typdefault:text typacl:_text",
        rows);
  }

  private CatalogRelation descriptions() {
    List<Object[]> rows = new ArrayList<>();
    long classes = find("pg_class").oid();
    for (CatalogView view : views) {
      if (!view.comment().isEmpty()) {
        rows.add(row(view.oid(), classes, 0L, view.comment()));
      }
    }
    return rows("objoid:oid classoid:oid objsubid:int4 description:text", rows);
  }

  private CatalogRelation databases() {
    return rows(
        "oid:oid datname:name datdba:oid encoding:int4 datlocprovider:char datistemplate:bool"
            + " datallowconn:bool datconnlimit:int4 datfrozenxid:int8 datminmxid:int8"
            + " dattablespace:oid datcollate:text datctype:text daticulocale:text"
            + " datcollversion:text datacl:_text",
        List.<Object[]>of(
            row(
                DATABASE,
                session.database(),
                OWNER,
                6L,
                "c",
                false,
                true,
                -1L,
                0L,
                0L,
                1663L,
                "C",
                "C",
                null,
                null,
                null)));
  }

  private CatalogRelation roles(String prefix) {
    return rows(
        "oid:oid rolname:name rolsuper:bool rolinherit:bool rolcreaterole:bool rolcreatedb:bool"
                .replace("rol", prefix)
            + " rolcanlogin:bool rolreplication:bool rolconnlimit:int4 rolpassword:text"
                .replace("rol", prefix)
            + " rolvaliduntil:text rolbypassrls:bool rolconfig:_text sysid:oid"
                .replace("rol", prefix)
                .replace(" sysid", " " + prefix + "sysid"),
        List.<Object[]>of(
            row(
                OWNER,
                session.user(),
                false,
                true,
                false,
                false,
                true,
                false,
                -1L,
                "********",
                null,
                false,
                null,
                OWNER)));
  }

  private CatalogRelation pgViews() {
    List<Object[]> rows = new ArrayList<>();
    views.forEach(view -> rows.add(row(PUBLIC, view.name(), session.user(), view.sql())));
    return rows("schemaname:name viewname:name viewowner:name definition:text", rows);
  }

  private CatalogRelation settings() {
    List<Object[]> rows = new ArrayList<>();
    session
        .settings()
        .forEach(
            (name, value) ->
                rows.add(
                    row(
                        name,
                        value,
                        null,
                        "Millrace",
                        "",
                        "",
                        "user",
                        "string",
                        "session",
                        null,
                        null,
                        null,
                        value,
                        value,
                        null,
                        null,
                        false)));
    return rows(
        "name:text setting:text unit:text category:text short_desc:text extra_desc:text"
            + " context:text vartype:text source:text min_val:text max_val:text enumvals:_text"
            + " boot_val:text reset_val:text sourcefile:text sourceline:int4"
            + " pending_restart:bool",
        rows);
  }

  private CatalogRelation accessMethods() {
    return rows(
        "oid:oid amname:name amhandler:regproc amtype:char",
        List.<Object[]>of(row(2L, "heap", "heap_tableam_handler", "t")));
  }

  private CatalogRelation tablespaces() {
    return rows(
        "oid:oid spcname:name spcowner:oid spcacl:_text spcoptions:_text",
        List.<Object[]>of(row(1663L, "pg_default", OWNER, null, null)));
  }

  private CatalogRelation languages() {
    return rows(
        "oid:oid lanname:name lanowner:oid lanispl:bool lanpltrusted:bool"
            + " lanplcallfoid:oid laninline:oid lanvalidator:oid lanacl:_text",
        List.<Object[]>of(row(14L, "sql", OWNER, false, true, 0L, 0L, 0L, null)));
  }

  // information_schema.

  private CatalogRelation schemata() {
    List<Object[]> rows = new ArrayList<>();
    for (String name : List.of("pg_catalog", PUBLIC, "information_schema")) {
      rows.add(row(session.database(), name, session.user(), null, null, null, null));
    }
    return rows(
        "catalog_name:name schema_name:name schema_owner:name"
            + " default_character_set_catalog:name default_character_set_schema:name"
            + " default_character_set_name:name sql_path:text",
        rows);
  }

  private CatalogRelation schemaTables() {
    List<Object[]> rows = new ArrayList<>();
    for (CatalogView view : views) {
      rows.add(
          row(
              session.database(),
              PUBLIC,
              view.name(),
              "VIEW",
              null,
              null,
              null,
              null,
              null,
              "NO",
              "NO",
              null));
    }
    for (String name : systemNames()) {
      rows.add(
          row(
              session.database(),
              "pg_catalog",
              name,
              "BASE TABLE",
              null,
              null,
              null,
              null,
              null,
              "NO",
              "NO",
              null));
    }
    return rows(
        "table_catalog:name table_schema:name table_name:name table_type:text"
            + " self_referencing_column_name:name reference_generation:text"
            + " user_defined_type_catalog:name user_defined_type_schema:name"
            + " user_defined_type_name:name is_insertable_into:text is_typed:text"
            + " commit_action:text",
        rows);
  }

  private CatalogRelation schemaViews() {
    List<Object[]> rows = new ArrayList<>();
    for (CatalogView view : views) {
      rows.add(
          row(
              session.database(),
              PUBLIC,
              view.name(),
              view.sql(),
              "NONE",
              "NO",
              "NO",
              "NO",
              "NO",
              "NO"));
    }
    return rows(
        "table_catalog:name table_schema:name table_name:name view_definition:text"
            + " check_option:text is_updatable:text is_insertable_into:text"
            + " is_trigger_updatable:text is_trigger_deletable:text"
            + " is_trigger_insertable_into:text",
        rows);
  }

  private CatalogRelation schemaColumns() {
    List<Object[]> rows = new ArrayList<>();
    for (CatalogView view : views) {
      long number = 0;
      for (PgColumn column : view.columns()) {
        rows.add(schemaColumn(view, column, ++number));
      }
    }
    return rows(
        "table_catalog:name table_schema:name table_name:name column_name:name"
            + " ordinal_position:int4 column_default:text is_nullable:text data_type:text"
            + " character_maximum_length:int4 character_octet_length:int4 numeric_precision:int4"
            + " numeric_precision_radix:int4 numeric_scale:int4 datetime_precision:int4"
            + " interval_type:text collation_name:name domain_name:name udt_catalog:name"
            + " udt_schema:name udt_name:name is_self_referencing:text is_identity:text"
            + " identity_generation:text is_generated:text generation_expression:text"
            + " is_updatable:text",
        rows);
  }

  private Object[] schemaColumn(CatalogView view, PgColumn column, long number) {
    PgType type = column.type();
    Long digits = null;
    Long scale = null;
    if (type == PgType.NUMERIC && column.modifier() >= 4) {
      digits = (long) (column.modifier() - 4 >> 16);
      scale = (long) (short) (column.modifier() - 4);
    } else if (type.category() == 'N') {
      boolean whole = type != PgType.FLOAT4 && type != PgType.FLOAT8;
      digits = whole ? type.length() * 8L : type == PgType.FLOAT4 ? 24L : 53L;
      scale = whole ? 0L : null;
    }
    return row(
        session.database(),
        PUBLIC,
        view.name(),
        column.name(),
        number,
        null,
        "YES",
        type.element().isPresent() ? "ARRAY" : type.sqlName(),
        null,
        null,
        digits,
        digits == null ? null : type == PgType.NUMERIC ? (Object) 10L : 2L,
        scale,
        type.category() == 'D' ? 6L : null,
        null,
        null,
        null,
        session.database(),
        "pg_catalog",
        type.pgName(),
        "NO",
        "NO",
        null,
        "NEVER",
        null,
        "NO");
  }
}
