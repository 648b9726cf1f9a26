package io.millrace.control.log;

import io.millrace.control.error.Reason;
import io.millrace.control.model.Correction;
import io.millrace.control.model.LookupDefinition;
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
 * folds to the state of the whole one.
 *
 * <p>A record that cannot be read puts its key in doubt, until a later one of the key can be:
 * {@link ControlState#unreadable}. What was said before of a run is not in force then. Of a source,
 * a lookup or a view it is, and this is the one exception to the law: to drop a view because a
 * later release has applied it again would end its answers. In a compacted topic it is gone, and in
 * doubt all the same. Not thread-safe.
 */
final class ControlFold {
  private static final Logger LOG = LoggerFactory.getLogger(ControlFold.class);

  private final Map<String, SourceDefinition> sources = new TreeMap<>();
  private final Map<String, LookupDefinition> lookups = new TreeMap<>();
  private final Map<String, ViewDefinition> views = new LinkedHashMap<>();
  private final Map<String, RunRecord> runs = new TreeMap<>();
  private final Map<String, Refusal> refusals = new TreeMap<>();
  private final Map<String, Correction> corrections = new TreeMap<>();
  private final Map<String, RunAudit> audits = new TreeMap<>();
  private final Map<String, String> unreadable = new TreeMap<>();

  /** Adds a record. One that cannot be read is logged, and its key is in doubt. */
  void add(long offset, byte[] key, byte[] value) {
    String text = new String(key, StandardCharsets.UTF_8);
    unreadable.remove(text);
    try {
      add(ControlKey.parse(text), value);
    } catch (RuntimeException e) {
      if (value == null) {
        // Of a kind that is not known, and gone.
        return;
      }
      forget(text);
      unreadable.put(text, "offset " + offset + ": " + Reason.of(e));
      LOG.error("cannot read {} at offset {} of the control topic: {}", text, offset, e.toString());
    }
  }

  /** What is said of a run holds no more than its last record does. */
  private void forget(String key) {
    try {
      ControlKey parsed = ControlKey.parse(key);
      switch (parsed.kind()) {
        case SOURCE, LOOKUP, VIEW -> LOG.debug("{} stays as it was last read", key);
        default -> add(parsed, null);
      }
    } catch (IllegalArgumentException e) {
      LOG.debug("nothing is known of {}", key, e);
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
      case LOOKUP -> {
        if (value == null) {
          lookups.remove(key.id());
        } else {
          lookups.put(key.id(), ControlCodec.lookup(value));
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

  ControlState state() {
    return new ControlState(
        Collections.unmodifiableMap(new TreeMap<>(sources)),
        Collections.unmodifiableMap(new LinkedHashMap<>(views)),
        Collections.unmodifiableMap(new TreeMap<>(runs)),
        Collections.unmodifiableMap(new TreeMap<>(refusals)),
        Collections.unmodifiableMap(new TreeMap<>(corrections)),
        Collections.unmodifiableMap(new TreeMap<>(audits)),
        Collections.unmodifiableMap(new TreeMap<>(unreadable)),
        Collections.unmodifiableMap(new TreeMap<>(lookups)));
  }
}
