package io.millrace.serving.report;

import io.millrace.serving.view.ServedViews;
import java.util.List;
import java.util.function.LongSupplier;

/** Reports of the views as they are at the time of the call. Thread-safe. */
public final class ViewReports {
  private final ServedViews views;
  private final LongSupplier wallClockMs;

  public ViewReports(ServedViews views, LongSupplier wallClockMs) {
    this.views = views;
    this.wallClockMs = wallClockMs;
  }

  public boolean known(String name) {
    return views.names().contains(name);
  }

  /**
   * The version of the view that answers.
   *
   * @throws io.millrace.control.error.MillraceException {@code VIEW_UNKNOWN}
   */
  public ViewReport answering(String name) {
    return ViewReport.of(views.answering(name), wallClockMs.getAsLong());
  }

  /** Of every view the version that answers, by name. */
  public List<ViewReport> answering() {
    long now = wallClockMs.getAsLong();
    return views.answering().stream().map(version -> ViewReport.of(version, now)).toList();
  }

  /**
   * All versions of the view, newest first.
   *
   * @throws io.millrace.control.error.MillraceException {@code VIEW_UNKNOWN}
   */
  public List<ViewReport> versions(String name) {
    long now = wallClockMs.getAsLong();
    return views.versions(name).stream().map(version -> ViewReport.of(version, now)).toList();
  }

  /** All versions of all views, in the order they were applied. */
  public List<ViewReport> versions() {
    long now = wallClockMs.getAsLong();
    return views.all().stream().map(version -> ViewReport.of(version, now)).toList();
  }
}
