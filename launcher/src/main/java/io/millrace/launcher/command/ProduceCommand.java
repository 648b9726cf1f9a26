package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.SourcePosition;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.Names;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.ProgressBar;
import io.millrace.launcher.console.StopSignal;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.produce.Ended;
import io.millrace.launcher.produce.ProduceJob;
import io.millrace.producer.AvroWriter;
import io.millrace.producer.TopicWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "produce",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  millrace produce orders orders.csv --rejects rejects.jsonl",
      "  millrace produce retail online_retail.csv.gz --mapping examples/real/retail.yml",
      "  millrace produce orders orders.csv --rejects rejects.jsonl --from-line 5001",
      "  millrace produce orders orders.csv --format position"
    },
    description = {
      "Sends a file to a source as Avro records: CSV or TSV with a header line, or JSON lines"
          + " (.json, .jsonl), with .gz behind the name if compressed.",
      "Columns go to fields of the same name; a mapping file says otherwise (examples/real)."
    })
public final class ProduceCommand implements Callable<Integer> {
  private static final Duration CATCH_UP = Duration.ofSeconds(30);
  private static final Duration LINGER = Duration.ofMillis(50);

  @Mixin private ConfigOptions options;

  @Parameters(index = "0", paramLabel = "SOURCE", description = "the source's name")
  private String source;

  @Parameters(index = "1", paramLabel = "FILE", description = "what to send")
  private Path file;

  @Option(names = "--mapping", paramLabel = "YAML", description = "columns to fields")
  private Path mapping;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "records per second, 1000 or 1000/s (default: as fast as it goes)")
  private String rate = "0";

  @Option(
      names = "--repeat",
      paramLabel = "N",
      defaultValue = "1",
      description = "send the whole file this often (default: ${DEFAULT-VALUE})")
  private int repeat;

  @Option(
      names = "--from-line",
      paramLabel = "N",
      defaultValue = "1",
      description = "leave out rows before this line: goes on with a file that was sent in part")
  private long fromLine;

  @Option(names = "--key", paramLabel = "FIELD", description = "field that is the record's key")
  private String key;

  @Option(
      names = "--partition-by",
      paramLabel = "FIELD",
      description = "field that chooses the partition (default: all partitions in turn)")
  private String partitionBy;

  @Option(
      names = "--rejects",
      paramLabel = "FILE",
      description =
          "where bad rows go, as JSON lines with line, reason and row; --from-line adds to it")
  private Path rejects;

  /** What is printed in the end. */
  enum Format {
    text,
    position
  }

  @Option(
      names = "--format",
      defaultValue = "text",
      description =
          "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}); position: nothing but what"
              + " --at-least of 'sql' and 'query' takes, all else to standard error")
  private Format format;

  private Console console;

  @Override
  public Integer call() {
    console = format == Format.text ? Console.standard() : Console.plain(System.err);
    check();
    MillraceConfig config = options.running(Uses.KAFKA);
    SourceDefinition definition;
    try (ControlLog control = ControlLog.open(config)) {
      definition = Names.requireSource(control.catchUp(CATCH_UP), source);
    }
    StopSignal stop = StopSignal.install();
    try (TopicWriter topic = TopicWriter.open(config, definition, LINGER)) {
      ProduceJob job =
          new ProduceJob(
              new ProduceJob.Options(
                  file,
                  Optional.ofNullable(mapping),
                  rate(),
                  repeat,
                  fromLine,
                  Optional.ofNullable(key),
                  Optional.ofNullable(partitionBy),
                  Optional.ofNullable(rejects)),
              AvroWriter.schema(definition),
              topic);
      ProgressBar bar = new ProgressBar(console, "records");
      ProduceJob.Result result =
          job.run(
              (sent, fraction) -> {
                bar.update(sent, fraction);
                return !stop.isAsked();
              });
      int code = report(result, bar.finish(), definition);
      result.ended().flatMap(Ended::why).ifPresent(ProduceCommand::fail);
      tell(topic.position());
      return code;
    }
  }

  private void tell(SourcePosition position) {
    if (format == Format.position) {
      Console.standard().line(position.toString());
    } else if (!position.position().equals(Position.empty())) {
      console.line(console.dim("position  ") + position);
    }
  }

  private static void fail(MillraceException why) {
    throw why;
  }

  private int report(ProduceJob.Result result, Duration took, SourceDefinition definition) {
    console.line(
        String.format(
            "%s %s records to %s in %s (%s/s)%s",
            result.ended().isEmpty() ? console.green("✓") : console.yellow("stopped:"),
            Text.count(result.sent()),
            definition.topic(),
            Text.duration(took),
            Text.count(Math.round(result.sent() / Math.max(1e-3, took.toMillis() / 1e3))),
            repeat > 1 ? ", the file " + repeat + " times" : ""));
    if (result.bad() > 0) {
      console.line(
          console.yellow("! ")
              + Text.count(result.bad())
              + (result.bad() == 1 ? " row was not sent" : " rows were not sent")
              + (rejects == null ? "; --rejects FILE keeps such rows" : ", but put into " + rejects)
              + ":");
      result.examples().forEach(example -> console.line("    " + example));
      if (result.bad() > result.examples().size()) {
        console.line("    …");
      }
    }
    result.ended().ifPresent(this::goOn);
    return result.ended().isEmpty() && result.bad() == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  private void goOn(Ended ended) {
    ended.goOn().forEach(sentence -> console.line(console.yellow("! ") + sentence));
  }

  private void check() {
    rate();
    if (repeat < 1) {
      throw misused("--repeat", Integer.toString(repeat), "a number from 1 on");
    }
    if (fromLine < 1) {
      throw misused("--from-line", Long.toString(fromLine), "a line's number, from 1 on");
    }
  }

  private double rate() {
    String number = rate.endsWith("/s") ? rate.substring(0, rate.length() - 2) : rate;
    try {
      double read = Double.parseDouble(number);
      if (read >= 0 && Double.isFinite(read)) {
        return read;
      }
    } catch (NumberFormatException e) {
      throw misused("--rate", rate, "a number such as 1000 or 1000/s");
    }
    throw misused("--rate", rate, "a number such as 1000 or 1000/s");
  }

  private static MillraceException misused(String option, String found, String expected) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot use " + option + ": found '" + found + "', expected " + expected);
  }
}
