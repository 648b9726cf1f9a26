package io.millrace.serving.pgwire;

import io.millrace.serving.pgsql.PgColumn;
import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgType;
import io.millrace.serving.pgsql.PgValues;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/**
 * Messages to a client, kept until they are flushed. Whoever writes many looks whether it is full.
 * Thread-confined.
 */
final class WireOutput {
  private static final int FULL = 32 * 1024;

  /** A buffer that grew past this for one row is not kept. */
  private static final int LARGE = 1 << 20;

  private final OutputStream out;
  private Bytes pending = new Bytes();

  /** Bytes whose places can be filled in later. */
  private static final class Bytes extends ByteArrayOutputStream {
    Bytes() {
      super(FULL + 4_096);
    }

    void int32(int value) {
      write(value >> 24);
      write(value >> 16);
      write(value >> 8);
      write(value);
    }

    void int16(int value) {
      write(value >> 8);
      write(value);
    }

    /** Takes back what follows a place. */
    void back(int to) {
      count = to;
    }

    void length(int at) {
      int length = count - at;
      buf[at] = (byte) (length >> 24);
      buf[at + 1] = (byte) (length >> 16);
      buf[at + 2] = (byte) (length >> 8);
      buf[at + 3] = (byte) length;
    }

    void text(String text) {
      // A zero would end it early.
      writeBytes(text.replace('\0', ' ').getBytes(StandardCharsets.UTF_8));
      write(0);
    }
  }

  private interface Body {
    void write(Bytes into);
  }

  WireOutput(OutputStream out) {
    this.out = out;
  }

  boolean full() {
    return pending.size() >= FULL;
  }

  void flush() throws IOException {
    pending.writeTo(out);
    out.flush();
    if (pending.size() > LARGE) {
      pending = new Bytes();
    }
    pending.reset();
  }

  private void message(char letter, Body body) {
    int begin = pending.size();
    boolean whole = false;
    try {
      pending.write(letter);
      pending.int32(0);
      body.write(pending);
      pending.length(begin + 1);
      whole = true;
    } finally {
      if (!whole) {
        // Half a message would have its reader take what follows for the rest of it.
        pending.back(begin);
      }
    }
  }

  private void message(char letter) {
    message(letter, into -> {});
  }

  /** The answer to what asks for TLS or GSSAPI: none here. */
  void no() {
    pending.write('N');
  }

  void authenticationOk() {
    message('R', into -> into.int32(0));
  }

  void parameter(String name, String value) {
    message(
        'S',
        into -> {
          into.text(name);
          into.text(value);
        });
  }

  void key(int process, int secret) {
    message(
        'K',
        into -> {
          into.int32(process);
          into.int32(secret);
        });
  }

  /** Which minor version is spoken, and what was asked for that is not known. */
  void negotiate(List<String> options) {
    message(
        'v',
        into -> {
          into.int32(0);
          into.int32(options.size());
          options.forEach(into::text);
        });
  }

  /**
   * @param status I, T or E
   */
  void ready(char status) {
    message('Z', into -> into.write(status));
  }

  void parseComplete() {
    message('1');
  }

  void bindComplete() {
    message('2');
  }

  void closeComplete() {
    message('3');
  }

  void noData() {
    message('n');
  }

  void suspended() {
    message('s');
  }

  void emptyQuery() {
    message('I');
  }

  void complete(String tag) {
    message('C', into -> into.text(tag));
  }

  void parameterTypes(List<PgType> types) {
    message(
        't',
        into -> {
          into.int16(types.size());
          types.forEach(type -> into.int32((type == PgType.UNKNOWN ? PgType.TEXT : type).oid()));
        });
  }

  void columns(List<PgColumn> columns, Formats formats) {
    message(
        'T',
        into -> {
          into.int16(columns.size());
          for (int i = 0; i < columns.size(); i++) {
            PgColumn column = columns.get(i);
            into.text(column.name());
            into.int32(0);
            into.int16(0);
            into.int32(column.type().oid());
            into.int16(column.type().length());
            into.int32(column.modifier());
            into.int16(formats.binary(i) ? 1 : 0);
          }
        });
  }

  void row(List<Object> values, List<PgColumn> columns, Formats formats, ZoneId zone) {
    message(
        'D',
        into -> {
          into.int16(values.size());
          for (int i = 0; i < values.size(); i++) {
            Object value = values.get(i);
            if (value == null) {
              into.int32(-1);
              continue;
            }
            PgType type = columns.get(i).type();
            byte[] bytes =
                formats.binary(i)
                    ? PgValues.binary(value, type, zone)
                    : PgValues.text(value, type, zone);
            into.int32(bytes.length);
            into.writeBytes(bytes);
          }
        });
  }

  /**
   * @param sent the text that the error's place is in
   */
  void error(PgError error, Optional<String> sent) {
    told('E', error.sqlState().equals(PgError.SHUTDOWN) ? "FATAL" : "ERROR", error, sent);
  }

  /** An error that ends the connection. */
  void fatal(PgError error) {
    told('E', "FATAL", error, Optional.empty());
  }

  void notice(String severity, PgError notice) {
    told('N', severity, notice, Optional.empty());
  }

  private void told(char letter, String severity, PgError error, Optional<String> sent) {
    message(
        letter,
        into -> {
          field(into, 'S', severity);
          field(into, 'V', severity);
          field(into, 'C', error.sqlState());
          field(into, 'M', error.getMessage());
          error.hint().ifPresent(hint -> field(into, 'H', hint));
          if (sent.isPresent() && error.offset().isPresent()) {
            // It is counted in characters, from 1.
            String text = sent.get();
            int before = text.codePointCount(0, Math.min(text.length(), error.offset().getAsInt()));
            field(into, 'P', Integer.toString(before + 1));
          }
          into.write(0);
        });
  }

  private static void field(Bytes into, char letter, String value) {
    into.write(letter);
    into.text(value);
  }
}
