import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Plays the fuzzer's cases one after the other (or CONCURRENCY at once) with any client. */
final class Driver {
  /** One connection of a client. */
  interface Visit {
    /**
     * Connects, echoes every message if asked to, and returns when the connection has ended.
     *
     * @return the first text message, null if there was none
     */
    String run(URI uri, boolean echo) throws Exception;
  }

  private static final String FUZZER = System.getenv("FUZZER_URL");
  private static final String AGENT =
      URLEncoder.encode(System.getenv().getOrDefault("AGENT", "java"), StandardCharsets.UTF_8)
          .replace("+", "%20");

  /** Plays all cases and ends the program: 0, or 1 if the fuzzer cannot be reached. */
  static void play(Visit visit) {
    try {
      int count = Integer.parseInt(before(10, () -> visit.run(uri("/getCaseCount"), false)));
      AtomicInteger last = new AtomicInteger();
      int concurrency = Integer.parseInt(System.getenv().getOrDefault("CONCURRENCY", "1"));
      List<Thread> workers = new ArrayList<>();
      for (int i = 0; i < concurrency; i++) {
        Thread worker = new Thread(() -> work(visit, last, count));
        worker.start();
        workers.add(worker);
      }
      for (Thread worker : workers) worker.join();
      before(60, () -> visit.run(uri("/updateReports?agent=" + AGENT), false));
      System.exit(0);
    } catch (Exception failure) {
      System.err.println(failure);
      System.exit(1);
    }
  }

  private static void work(Visit visit, AtomicInteger last, int count) {
    for (int number; (number = last.incrementAndGet()) <= count; ) {
      try {
        visit.run(uri("/runCase?case=" + number + "&agent=" + AGENT), true);
      } catch (Exception failure) {
        System.err.println("case " + number + ": " + failure);
      }
    }
  }

  private static URI uri(String path) {
    return URI.create(FUZZER + path);
  }

  private interface Step {
    String run() throws Exception;
  }

  private static String before(int seconds, Step step) throws Exception {
    CompletableFuture<String> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                done.complete(step.run());
              } catch (Exception failure) {
                done.completeExceptionally(failure);
              }
            });
    thread.start();
    return done.get(seconds, TimeUnit.SECONDS);
  }
}
