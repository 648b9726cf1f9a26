package io.millrace.control.log;

import io.millrace.control.model.Correction;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds the records of the control topic, in their order, into a {@link ControlState}.
 *
 * <p>Law: of records with one key only the last matters, its place included. So a compacted topic
 * folds to the state of the whole one. Not thread-safe.
 */
final class ControlFold {
  private static final Logger LOG = LoggerFactory.getLogger(ControlFold.class);

  private final Map<String, SourceDefinition> sources = new TreeMap<>();
  private final Map<String, ViewDefinition> views = new LinkedHashMap<>();
  private final Map<String, RunRecord> runs = new TreeMap<>();
  private final Map<String, Refusal> refusals = new TreeMap<>();
  private final Map<String, Correction> corrections = new TreeMap<>();
  private final Map<String, RunAudit> audits = new TreeMap<>();
  private long skipped;

  /** Adds a record. One that cannot be read is logged, counted and otherwise left out. */
  void add(long offset, byte[] key, byte[] value) {
    try {
      add(ControlKey.parse(new String(key, StandardCharsets.UTF_8)), value);
    } catch (RuntimeException e) {
      skipped++;
      LOG.warn(
          "Skipped the record at offset {} of the control topic, which this version of Millrace"
              + " cannot read: {}",
          offset,
          e.toString());
    }
  }

  private void add(ControlKey key, byte[] value) {
    switch (key.kind()) {
      case SOURCE -> {
        if (value == null) {
          sources.remove(key.id());
        } else {
          sources.put(key.id(), ControlCodec.source(value));
        }
      }
      case VIEW -> {
        // A view applied again is the newest: it moves to the end.
        ViewDefinition view = value == null ? null : ControlCodec.view(value);
        views.remove(key.id());
        if (view != null) {
          views.put(key.id(), view);
        }
      }
      case RUN -> {
        if (value == null) {
          runs.remove(key.id());
        } else {
          runs.put(key.id(), ControlCodec.run(value));
        }
      }
      case REFUSAL -> {
        if (value == null) {
          refusals.remove(key.id());
        } else {
          refusals.put(key.id(), ControlCodec.refusal(value));
        }
      }
      case CORRECTION -> {
        if (value == null) {
          corrections.remove(key.id());
        } else {
          corrections.put(key.id(), ControlCodec.correction(value));
        }
      }
      case AUDIT -> {
        if (value == null) {
          audits.remove(key.id());
        } else {
          audits.put(key.id(), ControlCodec.audit(value));
        }
      }
    }
  }

  /** Records left out so far. */
  long skipped() {
    return skipped;
  }

  ControlState state() {
    return new ControlState(
        Collections.unmodifiableMap(new TreeMap<>(sources)),
        Collections.unmodifiableMap(new LinkedHashMap<>(views)),
        Collections.unmodifiableMap(new TreeMap<>(runs)),
        Collections.unmodifiableMap(new TreeMap<>(refusals)),
        Collections.unmodifiableMap(new TreeMap<>(corrections)),
        Collections.unmodifiableMap(new TreeMap<>(audits)));
  }
}
