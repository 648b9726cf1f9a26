package io.millrace.serving.swap;

import io.millrace.control.log.ControlState;
import io.millrace.control.model.Correction;
import io.millrace.control.model.Correction.Kind;
import io.millrace.control.model.Progress;
import io.millrace.control.model.RunRecord;
import io.millrace.lake.CorrectedGroups;
import io.millrace.lake.Lake;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which groups may differ between two runs because history was changed, as the batch layer has
 * declared it: those that a correction lists, and those that live state has in a segment with
 * records given up for lost. No other. Immutable.
 */
final class Excuses {
  private static final Logger LOG = LoggerFactory.getLogger(Excuses.class);

  /** Nothing was declared. */
  static final Excuses NONE = new Excuses(false, Set.of(), List.of(), List.of());

  /** Offsets of a partition, the end exclusive. */
  private record Lost(int partition, long from, long to) {}

  private final boolean all;
  private final Set<ByteBuffer> groups;
  private final List<Lost> lost;
  private final List<String> what;

  private Excuses(boolean all, Set<ByteBuffer> groups, List<Lost> lost, List<String> what) {
    this.all = all;
    this.groups = groups;
    this.lost = lost;
    this.what = what;
  }

  /**
   * What lies between two runs of a view version.
   *
   * @param base empty: a run over nothing
   */
  static Excuses between(ControlState state, Lake lake, Optional<RunRecord> base, RunRecord run) {
    List<Correction> corrections = state.corrections(base, run);
    if (corrections.isEmpty()) {
      return NONE;
    }
    boolean all = false;
    Set<ByteBuffer> groups = new HashSet<>();
    List<Lost> lost = new ArrayList<>();
    List<String> what = new ArrayList<>();
    for (Correction correction : corrections) {
      all |= correction.kind() == Kind.ALL;
      what.add(text(correction));
      for (String range :
          correction.lost().isEmpty() ? new String[0] : correction.lost().split(",")) {
        String[] parts = range.split("[:-]");
        lost.add(
            new Lost(
                Integer.parseInt(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2])));
      }
      correction
          .location()
          .ifPresent(location -> groups.addAll(groups(lake, run, correction, location, what)));
    }
    return new Excuses(all, groups, lost, what);
  }

  private static String text(Correction correction) {
    return correction.what()
        + switch (correction.kind()) {
          case GROUPS -> correction.groups() > 0 ? " (" + correction.groups() + " groups)" : "";
          case ALL -> " (more groups than can be listed: all are excused)";
          case UNKNOWN -> " (no group is excused)";
        };
  }

  private static Set<ByteBuffer> groups(
      Lake lake, RunRecord run, Correction correction, String location, List<String> what) {
    try {
      Table table = lake.load(TableIdentifier.parse(run.table())).orElseThrow();
      return CorrectedGroups.read(table, location);
    } catch (RuntimeException e) {
      LOG.warn("cannot read the groups of {}: they are not excused", correction, e);
      what.add("its groups cannot be read and are not excused: " + e.getMessage());
      return Set.of();
    }
  }

  /** Whether the group is one of a correction, wherever its state comes from. */
  boolean covers(byte[] key) {
    return all || groups.contains(ByteBuffer.wrap(key));
  }

  /** Whether a segment of live state may have counted a lost record. */
  boolean lostIn(int partition, long segment, Map<Integer, Progress> progress) {
    if (lost.isEmpty()) {
      return false;
    }
    Progress live = progress.get(partition);
    long end =
        live.cuts().stream().filter(cut -> cut > segment).findFirst().orElse(live.position());
    return lost.stream()
        .anyMatch(range -> range.partition == partition && range.from < end && segment < range.to);
  }

  /** What was declared, for people; empty if nothing was. */
  String why() {
    return String.join("; ", what);
  }
}
