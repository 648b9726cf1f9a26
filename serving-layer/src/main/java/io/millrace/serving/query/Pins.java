package io.millrace.serving.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.lookup.LookupPin;
import io.millrace.serving.lookup.ServedLookups;
import io.millrace.serving.view.AtLeast;
import io.millrace.serving.view.QueryLayer;
import io.millrace.serving.view.ServedViews;
import io.millrace.serving.view.ViewPin;
import io.millrace.view.CompiledView;
import io.millrace.view.lookup.CompiledLookup;
import io.millrace.view.query.ParsedQuery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What a question reads, each held still at one moment. For one thread. */
final class Pins implements AutoCloseable {
  private final ServedViews served;
  private final ServedLookups tables;
  private final QueryLayer layer;
  private final Map<String, ViewPin> views = new LinkedHashMap<>();
  private final Map<String, LookupPin> lookups = new LinkedHashMap<>();

  /**
   * @param layer which part of the views is read
   */
  Pins(ServedViews served, ServedLookups tables, QueryLayer layer) {
    this.served = served;
    this.tables = tables;
    this.layer = layer;
  }

  /**
   * Views of one source topic are held at one position.
   *
   * @throws MillraceException {@code VIEW_UNKNOWN} with its place; why one cannot be answered now
   */
  void take(List<ParsedQuery.Relation> relations) {
    List<String> names = new ArrayList<>();
    List<Supplier<ViewPin>> each = new ArrayList<>();
    for (ParsedQuery.Relation relation : relations) {
      Optional<String> view = known(served.names(), relation.name());
      Optional<LookupPin> lookup =
          view.isPresent()
              ? Optional.empty()
              : known(tables.names(), relation.name()).flatMap(tables::pin);
      if (lookup.isPresent()) {
        lookups.put(relation.name(), lookup.get());
      } else {
        names.add(relation.name());
        each.add(() -> pin(view.orElse(relation.name()), relation.place()));
      }
    }
    List<ViewPin> together = served.pinTogether(each, layer);
    for (int i = 0; i < together.size(); i++) {
      views.put(names.get(i), together.get(i));
    }
    if (layer != QueryLayer.MERGED) {
      demandOneBoundary();
    }
  }

  /** What is pinned already; the caller's pin stays its own. */
  void hold(String relation, ViewPin pin) {
    if (!pin.retain()) {
      throw new IllegalStateException("cannot hold a position that was let go");
    }
    views.put(relation, pin);
  }

  /** Parts of views that begin or end at other records have no common meaning. */
  private void demandOneBoundary() {
    Map<String, ViewPin> bySource = new HashMap<>();
    for (ViewPin pin : views.values()) {
      String source = pin.view().definition().source().name();
      ViewPin other = bySource.putIfAbsent(source, pin);
      if (other != null && !other.seam().boundary().equals(pin.seam().boundary())) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot answer from layer "
                + layer.label()
                + ": found the run of view "
                + other.view().definition().name()
                + " at boundary "
                + other.seam().boundary()
                + " and that of view "
                + pin.view().definition().name()
                + " at "
                + pin.seam().boundary()
                + ", expected one boundary for all views of source "
                + source
                + "; ask each by itself, or take layer merged");
      }
    }
  }

  /** Which part of the views is read. */
  QueryLayer layer() {
    return layer;
  }

  /**
   * @param counted {@link Arrivals#changes} before {@link #take}
   * @throws io.millrace.serving.view.NotReachedException if one of the views is not there yet
   */
  void demand(AtLeast atLeast, long counted) {
    served.arrivals().demand(atLeast, views.values(), layer, counted);
  }

  private ViewPin pin(String view, String place) {
    try {
      return served.pin(view, layer);
    } catch (MillraceException e) {
      throw e.code() == ErrorCode.VIEW_UNKNOWN
          ? new MillraceException(
              e.code(),
              e.getMessage()
                      .replaceFirst(
                          "^cannot find view", "cannot answer: " + place + "cannot find view")
                  + (tables.names().isEmpty() ? "" : "; lookup tables are " + tables.names()),
              e)
          : e;
    }
  }

  /** As SQL does, a name is found whatever its case, if it is one's alone. */
  private static Optional<String> known(List<String> names, String name) {
    if (names.contains(name)) {
      return Optional.of(name);
    }
    List<String> alike = names.stream().filter(name::equalsIgnoreCase).toList();
    return alike.size() == 1 ? Optional.of(alike.get(0)) : Optional.empty();
  }

  ViewPin view(String relation) {
    return views.get(relation);
  }

  Optional<LookupPin> lookup(String relation) {
    return Optional.ofNullable(lookups.get(relation));
  }

  /** By the name of the relation. */
  Map<String, CompiledView> views() {
    Map<String, CompiledView> compiled = new LinkedHashMap<>();
    views.forEach((name, pin) -> compiled.put(name, pin.view().compiled()));
    return compiled;
  }

  /** By the name of the relation. */
  Map<String, CompiledLookup> lookups() {
    Map<String, CompiledLookup> compiled = new LinkedHashMap<>();
    lookups.forEach((name, pin) -> compiled.put(name, pin.lookup()));
    return compiled;
  }

  /** What the answer says of the views. */
  List<SqlReader.Relation> positions(long nowMs) {
    return views.values().stream()
        .map(
            pin ->
                new SqlReader.Relation(
                    pin.view().definition().name(),
                    pin.view().definition().version(),
                    pin.run().map(run -> run.run().runId()),
                    pin.seam().boundary(),
                    pin.live(layer),
                    pin.reached(layer),
                    pin.ageMs(layer, nowMs),
                    pin.lost(layer)))
        .toList();
  }

  /** What the answer says of the lookups. */
  List<SqlReader.Lookup> contents() {
    return lookups.values().stream()
        .map(
            pin ->
                new SqlReader.Lookup(
                    pin.lookup().definition().name(),
                    pin.lookup().definition().version(),
                    pin.content(),
                    pin.rows(),
                    pin.loadedAt()))
        .toList();
  }

  @Override
  public void close() {
    views.values().forEach(ViewPin::close);
    lookups.values().forEach(LookupPin::close);
  }
}
