package io.millrace.serving.pgcatalog;

import io.millrace.serving.pgsql.PgType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Columns and rows.
 *
 * @param columns each with the name of the relation it is of
 * @param rows a value or null per column
 * @param open names of relations that have no rows, and whatever columns are asked for
 */
record CatalogRelation(List<Column> columns, List<Object[]> rows, Set<String> open) {
  /**
   * @param relation its alias
   */
  record Column(String relation, String name, PgType type) {}

  CatalogRelation {
    columns = List.copyOf(columns);
    open = Set.copyOf(open);
  }

  /** One row without a column. */
  static CatalogRelation one() {
    return new CatalogRelation(List.of(), List.<Object[]>of(new Object[0]), Set.of());
  }

  /** Under another name, and its first columns too. */
  CatalogRelation as(String alias, List<String> names) {
    List<Column> renamed = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      renamed.add(
          new Column(alias, i < names.size() ? names.get(i) : column.name(), column.type()));
    }
    return new CatalogRelation(renamed, rows, open.isEmpty() ? Set.of() : Set.of(alias));
  }
}
