package io.millrace.launcher.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.launcher.client.RowsTable;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.Table;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.output.Format;
import java.util.List;

/**
 * Prints an answer page by page, so that however many rows it has, one page of them is held. For
 * each answer: pages in order, then {@link #end}. Not thread-safe.
 */
public abstract class RowsPrinter {
  private static final ObjectMapper JSON = new ObjectMapper();

  final Console console;
  private long rows;

  private RowsPrinter(Console console) {
    this.console = console;
  }

  /** Prints a table, or one JSON object: the other forms are the serving layer's own. */
  static RowsPrinter of(Format format, Console console) {
    return format == Format.json ? new Json(console) : new Tables(console);
  }

  final void page(ServingClient.Page page) {
    print(page, rows);
    rows += page.rows().size();
  }

  /** How many rows have been printed. */
  final long rows() {
    return rows;
  }

  /**
   * @param before how many rows earlier pages had
   */
  abstract void print(ServingClient.Page page, long before);

  /** All that was asked for has been printed; {@code last} is the last page. */
  abstract void end(ServingClient.Page last);

  /** In the widths of the first page, once it is known. */
  private static final class Tables extends RowsPrinter {
    private Table table;

    private Tables(Console console) {
      super(console);
    }

    @Override
    void print(ServingClient.Page page, long before) {
      if (table == null) {
        table = RowsTable.of(page.columns(), page.rows());
        table.lines(console).forEach(console::line);
      } else {
        table.continued(RowsTable.cells(page.columns(), page.rows())).forEach(console::line);
      }
    }

    @Override
    void end(ServingClient.Page last) {
      console.line("");
      console.line(
          console.dim("rows      ")
              + Text.count(rows())
              + (last.more() ? "; there are more: --limit N or --all" : ""));
      console.line(RowsTable.position(last.position(), console));
    }
  }

  /** One object, with a line for each row. */
  private static final class Json extends RowsPrinter {
    private boolean begun;

    private Json(Console console) {
      super(console);
    }

    @Override
    void print(ServingClient.Page page, long before) {
      List<String> names = List.copyOf(page.columns().keySet());
      // A page may be empty and not the last.
      if (!begun) {
        begun = true;
        ObjectNode position = JSON.createObjectNode();
        position.put("runId", page.position().runId().orElse(null));
        position.set("boundary", JSON.valueToTree(page.position().boundary()));
        position.set("live", JSON.valueToTree(page.position().live()));
        position.put("ageMs", page.position().ageMs());
        console.line("{");
        console.line("  \"view\" : " + JSON.valueToTree(page.view()) + ",");
        console.line("  \"version\" : " + JSON.valueToTree(page.version()) + ",");
        console.line("  \"position\" : " + position + ",");
        console.line("  \"rows\" : [");
      }
      for (int i = 0; i < page.rows().size(); i++) {
        ObjectNode object = JSON.createObjectNode();
        for (int column = 0; column < names.size(); column++) {
          object.set(names.get(column), page.rows().get(i).get(column));
        }
        console.line((before + i == 0 ? "    " : "  , ") + object);
      }
    }

    @Override
    void end(ServingClient.Page last) {
      console.line("  ]");
      console.line("}");
    }
  }
}
