package io.millrace.speed;

import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.log.HeardStatus;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A {@link ControlLog} of one process, in memory. */
final class MemoryControl implements ControlLog {
  private final List<Consumer<ControlState>> listeners = new CopyOnWriteArrayList<>();
  private volatile List<HeardStatus> heard = List.of();
  private ControlState state = ControlState.EMPTY;

  private synchronized void change(UnaryOperator<ControlState> how) {
    state = how.apply(state);
    listeners.forEach(listener -> listener.accept(state));
  }

  @Override
  public synchronized ControlState state() {
    return state;
  }

  @Override
  public void follow(Consumer<ControlState> listener) {
    listeners.add(listener);
    listener.accept(state());
  }

  @Override
  public ControlState catchUp(Duration timeout) {
    return state();
  }

  @Override
  public void publish(SourceDefinition source) {
    change(
        now -> {
          Map<String, SourceDefinition> sources = new LinkedHashMap<>(now.sources());
          sources.put(source.name(), source);
          return with(now, sources, now.views(), now.runs(), now.refusals(), now.audits());
        });
  }

  @Override
  public void publish(io.millrace.control.model.LookupDefinition lookup) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void publish(ViewDefinition view) {
    change(
        now -> {
          Map<String, ViewDefinition> views = new LinkedHashMap<>(now.views());
          views.put(view.id(), view);
          return with(now, now.sources(), views, now.runs(), now.refusals(), now.audits());
        });
  }

  @Override
  public void publish(RunRecord run) {
    change(
        now -> {
          Map<String, RunRecord> runs = new TreeMap<>(now.runs());
          runs.put(run.runId(), run);
          return with(now, now.sources(), now.views(), runs, now.refusals(), now.audits());
        });
  }

  @Override
  public void publish(Refusal refusal) {
    change(
        now -> {
          Map<String, Refusal> refusals = new TreeMap<>(now.refusals());
          refusals.put(refusal.runId(), refusal);
          return with(now, now.sources(), now.views(), now.runs(), refusals, now.audits());
        });
  }

  @Override
  public void publish(io.millrace.control.model.Correction correction) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void publish(RunAudit audit) {
    change(
        now -> {
          Map<String, RunAudit> audits = new TreeMap<>(now.audits());
          audits.put(audit.runId(), audit);
          return with(now, now.sources(), now.views(), now.runs(), now.refusals(), audits);
        });
  }

  private static ControlState with(
      ControlState now,
      Map<String, SourceDefinition> sources,
      Map<String, ViewDefinition> views,
      Map<String, RunRecord> runs,
      Map<String, Refusal> refusals,
      Map<String, RunAudit> audits) {
    return new ControlState(sources, views, runs, refusals, now.corrections(), audits);
  }

  @Override
  public void forgetCorrection(String runId) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void retireLookup(String name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void retireView(String viewId) {
    change(
        now -> {
          Map<String, ViewDefinition> views = new LinkedHashMap<>(now.views());
          views.remove(viewId);
          return with(now, now.sources(), views, now.runs(), now.refusals(), now.audits());
        });
  }

  @Override
  public void forgetRun(String runId) {
    change(
        now -> {
          Map<String, RunRecord> runs = new TreeMap<>(now.runs());
          runs.remove(runId);
          return with(now, now.sources(), now.views(), runs, now.refusals(), now.audits());
        });
  }

  @Override
  public Optional<List<HeardStatus>> heard() {
    return Optional.of(heard);
  }

  /** From now on these are the statuses that are heard of. */
  void hear(HeardStatus... statuses) {
    heard = List.of(statuses);
  }

  @Override
  public void report(LayerStatus status) {
    throw new UnsupportedOperationException("no statuses in memory");
  }

  @Override
  public void withdraw(String layer, String instance) {
    throw new UnsupportedOperationException("no statuses in memory");
  }

  @Override
  public List<LayerStatus> statuses(Duration timeout) {
    return List.of();
  }

  @Override
  public String requestRun(String viewName) {
    throw new UnsupportedOperationException("no requests in memory");
  }

  @Override
  public void answered(String requestId) {
    throw new UnsupportedOperationException("no requests in memory");
  }

  @Override
  public void followRequests(BiConsumer<String, String> listener) {
    throw new UnsupportedOperationException("no requests in memory");
  }

  @Override
  public void close() {
    listeners.clear();
  }
}
