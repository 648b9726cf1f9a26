package io.millrace.control.log;

/**
 * Keys of the control topic, as text: {@code source/<name>}, {@code lookup/<name>}, {@code
 * view/<id>}, {@code run/<id>}, {@code refusal/<run id>}, {@code correction/<run id>}, {@code
 * audit/<run id>}.
 */
record ControlKey(Kind kind, String id) {
  /** What a key names; its prefix is the name in lower case. */
  enum Kind {
    SOURCE,
    LOOKUP,
    VIEW,
    RUN,
    REFUSAL,
    CORRECTION,
    AUDIT
  }

  String text() {
    return kind.name().toLowerCase(java.util.Locale.ROOT) + "/" + id;
  }

  /**
   * @throws IllegalArgumentException if the text is no key
   */
  static ControlKey parse(String text) {
    for (Kind kind : Kind.values()) {
      String prefix = new ControlKey(kind, "").text();
      if (text.startsWith(prefix) && text.length() > prefix.length()) {
        return new ControlKey(kind, text.substring(prefix.length()));
      }
    }
    throw new IllegalArgumentException(
        "cannot read a control key: found '"
            + text
            + "', expected source/<name>, lookup/<name>, view/<name>/<version>, run/<run id>,"
            + " refusal/<run id>, correction/<run id> or audit/<run id>");
  }
}
