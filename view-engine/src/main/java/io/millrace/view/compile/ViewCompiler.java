package io.millrace.view.compile;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.CompiledView;
import io.millrace.view.RecordDecoder;
import io.millrace.view.SourceColumn;
import io.millrace.view.internal.avro.SourceSchemas;
import java.util.List;

/** Entry points of this module that make things. Stateless and thread-safe. */
public final class ViewCompiler {
  private ViewCompiler() {}

  /**
   * Compiles a view definition.
   *
   * @throws io.millrace.control.error.MillraceException {@code SQL_SYNTAX}, {@code UNKNOWN_COLUMN},
   *     {@code NOT_MERGEABLE}, … naming the expression, line and column, and what to write instead
   */
  public static CompiledView compile(ViewDefinition view) {
    return CatalystView.compile(view);
  }

  /**
   * Compiles a view that was applied, for who reads or writes its states.
   *
   * @throws io.millrace.control.error.MillraceException as {@link #compile}; {@code LAYOUT_CHANGED}
   *     if this release gives the definition another version than it was applied with
   */
  public static CompiledView compileApplied(ViewDefinition view) {
    return CatalystView.compileApplied(view);
  }

  /**
   * The version of a definition of the first generation: 16 hex digits, a hash of the analysed
   * SELECT, the source's version and row type, the layout of the states, and the release of Spark
   * and of the encodings. Comments, white space and the case of keywords do not change it.
   *
   * @param name the view's name, for messages only
   * @throws io.millrace.control.error.MillraceException as {@link #compile}
   */
  public static String version(String name, String sql, SourceDefinition source) {
    return CatalystView.version(name, sql, source, 0);
  }

  /**
   * A definition as it is in another generation, with the version it has there: what it means is
   * the same, and its live state begins anew.
   *
   * @throws io.millrace.control.error.MillraceException as {@link #compile}
   */
  public static ViewDefinition inGeneration(ViewDefinition view, int generation) {
    return view.inGeneration(
        generation, CatalystView.version(view.name(), view.sql(), view.source(), generation));
  }

  /** A decoder of the source's records, for one thread. */
  public static RecordDecoder decoder(SourceDefinition source) {
    return new AvroRecordDecoder(source);
  }

  /**
   * The columns of a source, in order: fields of its reader schema, then the three of Kafka. A
   * default that is an array, a map or a record is given as null: {@link
   * io.millrace.view.app.ApplicationFolder#load} refuses to add such a field.
   */
  public static List<SourceColumn> columns(SourceDefinition source) {
    return SourceSchemas.columns(source);
  }
}
