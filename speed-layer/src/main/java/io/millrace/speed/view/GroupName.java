package io.millrace.speed.view;

import io.millrace.view.ViewProgram;
import java.util.HexFormat;

/** Puts a group key into words, for messages. */
final class GroupName {
  private static final int LONGEST = 200;

  private GroupName() {}

  /** The row of the group as if it had seen no record, and the key's bytes. */
  static String of(ViewProgram program, byte[] groupKey) {
    String hex = "key " + shortened(HexFormat.of().formatHex(groupKey));
    try {
      return program
          .evaluate(groupKey, program.newState())
          .map(row -> shortened(row.toString()) + " (" + hex + ")")
          .orElse(hex);
    } catch (RuntimeException e) {
      return hex;
    }
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }
}
