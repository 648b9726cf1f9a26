package io.millrace.launcher.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class InquiryTest {
  private final List<CompletableFuture<String>> asked = new ArrayList<>();
  private final Inquiry<String> inquiry =
      new Inquiry<>(
          () -> {
            asked.add(new CompletableFuture<>());
            return asked.get(asked.size() - 1);
          });

  @Test
  void shouldNeitherWaitNorAskTwiceAtATime() {
    assertThat(inquiry.answer()).isEmpty();
    assertThat(inquiry.answer()).isEmpty();
    assertThat(asked).hasSize(1);
    asked.get(0).complete("late");
    assertThat(inquiry.answer()).contains("late");
    assertThat(inquiry.answer()).as("an answer is of its time").isEmpty();
    asked.get(1).completeExceptionally(new IllegalStateException("away"));
    assertThat(inquiry.answer()).isEmpty();
    assertThat(inquiry.answer()).isEmpty();
    assertThat(asked).hasSize(3);
  }
}
