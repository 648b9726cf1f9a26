package io.millrace.speed.task;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.GroupKey;
import io.millrace.view.GroupState;
import io.millrace.view.Groups;
import io.millrace.view.RecordDecoder;
import io.millrace.view.RejectedRecordException;
import io.millrace.view.SourceRow;
import io.millrace.view.ViewProgram;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Views over lines of text, small enough to check by eye. A value {@code "a,b:7"} adds 7 to the
 * count, sum and maximum of groups {@code a} and {@code b}, in that order. {@code "?"} starts a
 * value that cannot be decoded; a group called {@code "!"} makes the view throw, after what stands
 * before it. A group whose name starts with {@code "+"} keeps {@code value} bytes more with each
 * record; one that starts with {@code "%"} cannot be encoded by the {@link #picky} view. States
 * whose maximum is {@link #UNMERGEABLE} do not merge.
 *
 * <p>For one thread per source: a decoder hands its line to the programs beside the row.
 */
public final class TextViews implements ViewRuntime {
  static final long UNMERGEABLE = 666_666;

  private final ThreadLocal<String> line = new ThreadLocal<>();
  public final AtomicBoolean registry = new AtomicBoolean(true);

  /** The view that cannot encode groups that start with a percent sign. */
  String picky = "";

  final AtomicLong decoded = new AtomicLong();

  public static SourceDefinition source(String name, String topic) {
    return new SourceDefinition(
        name, "v1", topic, ValueFormat.SINGLE_OBJECT, "{}", List.of(), Optional.empty(), Map.of());
  }

  public static ViewDefinition view(String name, SourceDefinition source) {
    return new ViewDefinition(name, "0001", "SELECT …", source, "", Map.of());
  }

  /** The naive count: each group's totals over all values that neither reject nor throw. */
  public static Map<String, String> totals(Iterable<String> values) {
    Map<String, Totals> totals = new TreeMap<>();
    for (String value : values) {
      if (!value.startsWith("?") && !value.contains("!")) {
        String[] sides = value.split(":");
        for (String group : sides[0].split(",")) {
          totals.computeIfAbsent(group, g -> new Totals()).add(Long.parseLong(sides[1]));
        }
      }
    }
    Map<String, String> texts = new TreeMap<>();
    totals.forEach((group, total) -> texts.put(group, total.toString()));
    return texts;
  }

  @Override
  public RecordDecoder decoder(SourceDefinition source) {
    return (value, partition, offset, timestampMs) -> {
      decoded.incrementAndGet();
      if (value == null || value[0] == '?') {
        throw new RejectedRecordException("starts with a question mark");
      }
      if (value[0] == '~' && !registry.get()) {
        throw new MillraceException(ErrorCode.REGISTRY_UNREACHABLE, "cannot look up a schema");
      }
      line.set(new String(value, StandardCharsets.UTF_8));
      return (SourceRow) null;
    };
  }

  @Override
  public void check(ViewDefinition view) {
    switch (view.sql()) {
      case "broken" ->
          throw new MillraceException(ErrorCode.SQL_SYNTAX, "cannot parse: found broken");
      case "deep" -> throw new StackOverflowError();
      case "odd" -> throw new IllegalStateException("what nobody thought of");
      default -> {}
    }
  }

  @Override
  public ViewProgram program(ViewDefinition view) {
    return new TextProgram(view.id().equals(picky));
  }

  static final class TextKey implements GroupKey {
    private String text;

    TextKey(String text) {
      this.text = text;
    }

    @Override
    public GroupKey copy() {
      return new TextKey(text);
    }

    @Override
    public byte[] toBytes() {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof TextKey key && key.text.equals(text);
    }

    @Override
    public int hashCode() {
      return text.hashCode();
    }
  }

  /** Count, sum and maximum. */
  public static final class Totals implements GroupState {
    long count;
    long sum;
    long max = Long.MIN_VALUE;
    int padding;
    boolean unencodable;

    public void add(long value) {
      count++;
      sum += value;
      max = Math.max(max, value);
    }

    public void add(Totals other) {
      count += other.count;
      sum += other.sum;
      max = Math.max(max, other.max);
      padding += other.padding;
    }

    byte[] toBytes() {
      if (unencodable) {
        throw new IllegalStateException("this state has no bytes");
      }
      return ByteBuffer.allocate(24 + padding).putLong(count).putLong(sum).putLong(max).array();
    }

    public static Totals of(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      Totals read = new Totals();
      read.count = in.getLong();
      read.sum = in.getLong();
      read.max = in.getLong();
      read.padding = in.remaining();
      return read;
    }

    @Override
    public int approximateBytes() {
      return 40 + padding;
    }

    @Override
    public String toString() {
      return count + "/" + sum + "/" + max;
    }
  }

  private final class TextProgram implements ViewProgram {
    private final TextKey key = new TextKey("");
    private final boolean picky;

    TextProgram(boolean picky) {
      this.picky = picky;
    }

    @Override
    public void update(SourceRow row, Groups groups) {
      String text = line.get();
      int colon = text.indexOf(':');
      long value = Long.parseLong(text.substring(colon + 1));
      for (String group : text.substring(0, colon).split(",")) {
        if (group.equals("!")) {
          throw new ArithmeticException("the view threw");
        }
        key.text = group;
        Totals totals = (Totals) groups.state(key);
        totals.add(value);
        totals.padding += group.startsWith("+") ? (int) value : 0;
        totals.unencodable = picky && group.startsWith("%");
      }
    }

    @Override
    public GroupState newState() {
      return new Totals();
    }

    @Override
    public GroupState decodeState(byte[] bytes) {
      return Totals.of(bytes);
    }

    @Override
    public byte[] encodeState(GroupState state) {
      return ((Totals) state).toBytes();
    }

    @Override
    public void merge(GroupState into, GroupState from) {
      if (((Totals) into).max == UNMERGEABLE && ((Totals) from).max == UNMERGEABLE) {
        throw new ArithmeticException("two states that do not merge");
      }
      ((Totals) into).add((Totals) from);
    }

    @Override
    public Optional<List<Object>> evaluate(byte[] groupKey, GroupState state) {
      Totals totals = (Totals) state;
      return Optional.of(
          List.of(
              new String(groupKey, StandardCharsets.UTF_8), totals.count, totals.sum, totals.max));
    }
  }
}
