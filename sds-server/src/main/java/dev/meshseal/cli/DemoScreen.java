package dev.meshseal.cli;

import dev.meshseal.cli.demo.DemoView;
import java.time.Instant;

/** How the demonstration is shown. */
sealed interface DemoScreen permits DemoTable, DemoLines {
  void show(DemoView view, Instant now);
}
