package io.millrace.serving.http;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.format.AnswerFormat;
import io.millrace.serving.spool.AnswerBytes;
import io.millrace.serving.spool.Spools;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.QuotedQualityCSV;

/**
 * What a request's headers say of the answer it would like. Immutable.
 *
 * @param accept values of {@code Accept}
 * @param encodings values of {@code Accept-Encoding}
 */
public record Wishes(List<String> accept, List<String> encodings) {
  /** None. */
  static final Wishes NONE = new Wishes(List.of(), List.of());

  private static final String GZIP = "gzip";
  private static final Pattern UNWANTED = Pattern.compile(";q=0(\\.0*)?(;|$)");

  public Wishes {
    accept = List.copyOf(accept);
    encodings = List.copyOf(encodings);
  }

  /**
   * The form of the answer: the one that is named, else the most wanted that there is, else JSON.
   *
   * @param named by a parameter
   * @throws MillraceException {@code BAD_REQUEST} for a name that is none, {@code NOT_ACCEPTABLE}
   */
  AnswerFormat format(Optional<String> named) {
    if (named.isPresent()) {
      return Arrays.stream(AnswerFormat.values())
          .filter(format -> format.label().equals(named.get()))
          .findFirst()
          .orElseThrow(
              () ->
                  new MillraceException(
                      ErrorCode.BAD_REQUEST,
                      "cannot answer: found format '"
                          + named.get()
                          + "', expected one of "
                          + all(AnswerFormat::label)
                          + "; correct it"));
    }
    List<String> wanted = sorted(accept);
    Set<String> unwanted = unwanted(accept);
    if (wanted.isEmpty() && unwanted.isEmpty()) {
      return AnswerFormat.JSON;
    }
    return wanted.stream()
        .flatMap(range -> Arrays.stream(AnswerFormat.values()).filter(f -> takes(range, f)))
        .filter(format -> !unwanted.contains(format.mediaType()))
        .findFirst()
        .orElseThrow(
            () ->
                new MillraceException(
                    ErrorCode.NOT_ACCEPTABLE,
                    "cannot answer: found Accept: "
                        + String.join(", ", accept)
                        + ", expected one of "
                        + all(AnswerFormat::mediaType)
                        + "; correct it, or leave it out"));
  }

  private static String all(java.util.function.Function<AnswerFormat, String> text) {
    return Arrays.stream(AnswerFormat.values()).map(text).collect(Collectors.joining(", "));
  }

  /** What has a quality of nothing, which {@link QuotedQualityCSV} leaves out. */
  private static Set<String> unwanted(List<String> values) {
    return values.stream()
        .flatMap(value -> Arrays.stream(value.split(",")))
        .map(range -> range.toLowerCase(Locale.ROOT).replaceAll("\\s", ""))
        .filter(range -> UNWANTED.matcher(range).find())
        .map(range -> range.split(";", 2)[0])
        .collect(Collectors.toSet());
  }

  private static List<String> sorted(List<String> values) {
    QuotedQualityCSV sorted = new QuotedQualityCSV();
    values.forEach(sorted::addValue);
    return sorted.getValues();
  }

  /** Parameters of a media range say nothing that there is to choose. */
  private static boolean takes(String range, AnswerFormat format) {
    String type = range.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return type.equals("*/*")
        || type.equals(format.mediaType())
        || type.endsWith("/*")
            && format.mediaType().startsWith(type.substring(0, type.length() - 1));
  }

  /** Room for an answer of a form, compressed where that is wanted and of use. */
  AnswerBytes bytes(AnswerFormat format, Spools spools) {
    return gzip(format) ? spools.gzip() : spools.plain();
  }

  /** Whether an answer of a form is compressed. */
  boolean gzip(AnswerFormat format) {
    return !format.compressed()
        && sorted(encodings).stream()
            .map(encoding -> encoding.split(";", 2)[0].strip())
            .anyMatch(GZIP::equalsIgnoreCase);
  }
}
