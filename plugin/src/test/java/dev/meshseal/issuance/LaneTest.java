package dev.meshseal.issuance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.testing.FakeExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class LaneTest {
  private final FakeExecutor executor = new FakeExecutor();
  private final Lane lane = new Lane(executor);

  @Test
  void knowsWhatWaitsAndWhatIsWorkedOn() {
    var seen = new ArrayList<Integer>();
    lane.execute(() -> seen.addAll(List.of(lane.waiting(), lane.working())));
    lane.execute(() -> {});

    var before = lane.waiting();
    executor.runNext();

    assertThat(before).isEqualTo(2);
    assertThat(seen).containsExactly(1, 1);
    assertThat(lane.waiting()).isEqualTo(1);
    assertThat(lane.working()).isZero();
  }

  @Test
  void countsNothingThatHasFailedOrWasNotTaken() {
    lane.execute(
        () -> {
          throw new IllegalStateException("broken");
        });
    assertThatThrownBy(executor::runAll).hasMessage("broken");
    var full =
        new Lane(
            task -> {
              throw new RejectedExecutionException("full");
            });
    assertThatThrownBy(() -> full.execute(() -> {})).hasMessage("full");

    assertThat(lane.working()).isZero();
    assertThat(full.waiting()).isZero();
  }
}
