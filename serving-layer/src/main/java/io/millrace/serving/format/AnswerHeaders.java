package io.millrace.serving.format;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an answer says of itself beside its rows, for forms that have no place for it: in ASCII, and
 * bounded, for whoever stands between takes headers of some kilobytes in all. Stateless.
 */
public final class AnswerHeaders {
  /** {@code [{"view":…,"version":…,"position":…}]}, as an answer to a question has them. */
  public static final String POSITION = "Millrace-Position";

  /** {@code true} if the limit left rows out. */
  public static final String MORE = "Millrace-More";

  /** How many rows there are. */
  public static final String ROWS = "Millrace-Rows";

  /** {@code ["…"]}; where there are notes. */
  public static final String NOTES = "Millrace-Notes";

  /** Where to go on; where that is known. */
  public static final String CURSOR = "Millrace-Cursor";

  /** Characters of the positions: past it each is null. */
  static final int LONGEST_POSITION = 4_096;

  private static final int LONGEST_NOTES = 1_024;

  /** Characters of a cursor, which has a group key. */
  private static final int LONGEST_CURSOR = 2_048;

  private static final ObjectMapper ASCII =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private AnswerHeaders() {}

  /**
   * @param answer that has ended
   * @throws MillraceException {@code NOT_ACCEPTABLE} for a cursor that is too long for a header
   */
  public static Map<String, String> of(AnswerWriter answer) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(ROWS, Long.toString(answer.rows()));
    headers.put(MORE, Boolean.toString(answer.more()));
    ArrayNode relations = PositionJson.relations(answer.relations(), answer.lookups());
    String position = ascii(relations);
    if (position.length() > LONGEST_POSITION) {
      relations.forEach(relation -> ((ObjectNode) relation).putNull("position"));
      position = ascii(relations);
    }
    if (position.length() <= LONGEST_POSITION) {
      headers.put(POSITION, position);
    }
    String notes = notes(answer.notes());
    if (!answer.notes().isEmpty() && notes.length() <= LONGEST_NOTES) {
      headers.put(NOTES, notes);
    }
    answer.cursor().ifPresent(cursor -> headers.put(CURSOR, bounded(cursor)));
    return headers;
  }

  private static String bounded(String cursor) {
    if (cursor.length() > LONGEST_CURSOR) {
      throw new MillraceException(
          ErrorCode.NOT_ACCEPTABLE,
          "cannot answer in this form: found a cursor of "
              + cursor.length()
              + " characters, which has a long group key, expected at most "
              + LONGEST_CURSOR
              + " in a header; say $cursor=none and a higher $limit, or ask for JSON");
    }
    return cursor;
  }

  static String notes(List<String> notes) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    notes.forEach(all::add);
    return ascii(all);
  }

  private static String ascii(JsonNode node) {
    try {
      return ASCII.writeValueAsString(node);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
