package io.millrace.view.internal.key;

import io.millrace.view.query.ScanPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;

/**
 * Where in the order of group keys those can be that meet conditions: values of the leading group
 * columns, and a range of the first that has no single values. Each value is sought by itself.
 *
 * @param ranges disjoint and ascending
 * @param used the conditions that narrowed them
 * @param points whether each range holds one group at most
 */
public record KeyRanges(List<ScanPlan.Range> ranges, List<Expression> used, boolean points) {
  /** How many ranges a scan seeks; where there would be more, it reads what lies between them. */
  private static final int MOST = 4_096;

  public KeyRanges {
    ranges = List.copyOf(ranges);
    used = List.copyOf(used);
  }

  /**
   * @param columns the group columns, in the order of the key
   * @param conditions over them, all of which hold
   */
  public static KeyRanges of(List<Attribute> columns, List<Expression> conditions) {
    List<ByteRanges.Range> ranges = List.of(new ByteRanges.Range(new byte[0], null, true));
    List<Expression> used = new ArrayList<>();
    boolean points = true;
    for (KeyLeaf leaf : KeyLeaf.of(columns)) {
      Optional<ByteRanges> domain = domain(leaf, conditions, used);
      if (domain.isEmpty()) {
        points = false;
        break;
      }
      boolean many = (long) ranges.size() * domain.get().ranges().size() > MOST;
      ByteRanges values = many ? domain.get().hull() : domain.get();
      ranges = extended(ranges, leaf.opened(), values);
      if (!values.points()) {
        points = false;
        break;
      }
    }
    return new KeyRanges(
        ranges.stream().map(range -> new ScanPlan.Range(range.from(), range.to())).toList(),
        used,
        points);
  }

  /** Whether the condition compares some group column in a way that its encoding is sorted by. */
  public static boolean sorted(List<Attribute> columns, Expression condition) {
    return KeyLeaf.of(columns).stream()
        .anyMatch(leaf -> new KeyDomain(leaf).of(condition).isPresent());
  }

  private static Optional<ByteRanges> domain(
      KeyLeaf leaf, List<Expression> conditions, List<Expression> used) {
    KeyDomain domain = new KeyDomain(leaf);
    ByteRanges all = null;
    for (Expression condition : conditions) {
      Optional<ByteRanges> one = domain.of(condition);
      if (one.isPresent()) {
        all = all == null ? one.get() : all.and(one.get());
        if (!used.contains(condition)) {
          used.add(condition);
        }
      }
    }
    return Optional.ofNullable(all);
  }

  private static List<ByteRanges.Range> extended(
      List<ByteRanges.Range> prefixes, int opened, ByteRanges domain) {
    List<ByteRanges.Range> longer = new ArrayList<>();
    for (ByteRanges.Range prefix : prefixes) {
      byte[] before = Arrays.copyOf(prefix.from(), prefix.from().length + opened);
      Arrays.fill(before, prefix.from().length, before.length, KeyCodec.VALUE);
      for (ByteRanges.Range range : domain.ranges()) {
        longer.add(
            new ByteRanges.Range(
                joined(before, range.from()),
                range.to() == null ? ByteRanges.successor(before) : joined(before, range.to()),
                range.point()));
      }
    }
    return longer;
  }

  private static byte[] joined(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
