package io.millrace.launcher.produce.row;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** A JSON object per line. Empty lines are no rows. Not thread-safe. */
final class JsonFormat implements RowReader.Format {
  private boolean begun;

  @Override
  public Optional<Row> next(Lines lines) throws BadRowException, IOException {
    Optional<Lines.Line> next = lines.next();
    while (next.isPresent() && next.get().problem().isEmpty() && next.get().text().isBlank()) {
      next = lines.next();
    }
    if (next.isEmpty()) {
      return Optional.empty();
    }
    Lines.Line line = next.get();
    if (!begun && line.text().stripLeading().startsWith("[")) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot read line "
              + line.number()
              + ": found a JSON array, expected a JSON object per line; make lines of it by:"
              + " jq -c '.[]'");
    }
    begun = true;
    if (line.problem().isPresent()) {
      throw BadRowException.of(line.number(), line.problem().get(), line.text());
    }
    try {
      return Optional.of(new JsonRow(Json.object(line.text()), line.number(), line.text()));
    } catch (BadRowException e) {
      throw BadRowException.of(line.number(), e.getMessage(), line.text());
    }
  }

  private record JsonRow(Map<String, Object> fields, long line, String text) implements Row {
    @Override
    public Object value(String column) {
      return fields.get(column);
    }

    @Override
    public boolean has(String column) {
      return true;
    }
  }
}
