package io.millrace.view.internal.tree;

import java.util.List;
import java.util.Optional;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.OptionConverters;

/** Conversions between Java's and Scala's collections. */
public final class Scala {
  private Scala() {}

  public static <T> List<T> list(scala.collection.Seq<? extends T> seq) {
    return List.copyOf(CollectionConverters.asJava(seq));
  }

  @SuppressWarnings("unchecked")
  public static <T> Seq<T> seq(List<? extends T> list) {
    return (Seq<T>) CollectionConverters.asScala(list).toList();
  }

  public static <T> Optional<T> optional(Option<T> option) {
    return OptionConverters.toJava(option);
  }
}
