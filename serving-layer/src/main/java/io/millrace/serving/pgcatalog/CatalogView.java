package io.millrace.serving.pgcatalog;

import io.millrace.serving.pgsql.PgColumn;
import io.millrace.serving.view.ServedViews;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A view as the catalogue has it.
 *
 * @param oid its number: of name and version, so that another version is another
 * @param sql the SELECT that it is
 * @param comment or empty
 */
record CatalogView(String name, long oid, String sql, String comment, List<PgColumn> columns) {
  /** Numbers of what is a user's begin here. */
  private static final int FIRST = 16_384;

  private static final int SPREAD = 0x3fff_ffff;

  /** The views that are compiled, by name. */
  static List<CatalogView> all(ServedViews views) {
    List<CatalogView> all = new ArrayList<>();
    Set<Long> taken = new HashSet<>();
    for (ServedViews.Version version : views.answering()) {
      version
          .served()
          .ifPresent(
              served -> {
                long oid = FIRST + (version.definition().id().hashCode() & SPREAD);
                while (!taken.add(oid)) {
                  oid++;
                }
                all.add(
                    new CatalogView(
                        version.definition().name(),
                        oid,
                        version.definition().sql(),
                        version.definition().comment(),
                        served.compiled().columns().stream()
                            .map(column -> PgColumn.ofSpark(column.name(), column.type()))
                            .toList()));
              });
    }
    return all;
  }
}
