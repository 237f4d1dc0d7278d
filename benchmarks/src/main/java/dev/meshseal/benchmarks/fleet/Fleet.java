package dev.meshseal.benchmarks.fleet;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * A fleet of sidecars on two event loops. Not thread-safe: one thread opens it, marks changes and
 * closes it; every wait ends.
 */
public final class Fleet implements AutoCloseable {
  private static final int EVENT_LOOPS = 2;
  private static final Duration LATECOMERS = Duration.ofMillis(300);
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  private final FleetPlan plan;
  private final Optional<ServerProcess> server;
  private final List<Sidecar> sidecars;
  private final ChannelFuture[] connections;
  private final MultiThreadIoEventLoopGroup loops;
  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
  private final LongAdder responses = new LongAdder();
  private final AtomicInteger settled = new AtomicInteger();
  private final Semaphore places;
  private final Semaphore decided = new Semaphore(0);
  private volatile Mark mark;
  private volatile boolean closing;

  /** The responses since a moment, by stream. */
  private static final class Mark {
    private final long start = System.nanoTime();
    private final long[] first;
    private final LongAdder responses = new LongAdder();
    private final Semaphore reached = new Semaphore(0);

    Mark(int streams) {
      first = new long[streams];
    }

    void received(int index) {
      responses.increment();
      if (first[index] == 0) {
        first[index] = System.nanoTime();
        reached.release();
      }
    }
  }

  private final SidecarConnection.Listener listener =
      new SidecarConnection.Listener() {
        @Override
        public void received(Sidecar sidecar, Received response) {
          responses.increment();
          mark.received(sidecar.index());
          if (sidecar.accept(response, System.nanoTime())) {
            settled.incrementAndGet();
            decide();
          }
        }

        @Override
        public void ended(Sidecar sidecar, String reason) {
          if (!closing) {
            lost(sidecar, reason);
          }
        }
      };

  public Fleet(FleetPlan plan) {
    this.plan = plan;
    this.server = plan.pid().stream().mapToObj(ServerProcess::new).findFirst();
    this.sidecars =
        IntStream.range(0, plan.crew().streams()).mapToObj(plan.crew()::sidecar).toList();
    this.connections = new ChannelFuture[plan.crew().connections()];
    this.places = new Semaphore(plan.pace().inFlight());
    this.mark = new Mark(sidecars.size());
    this.loops =
        new MultiThreadIoEventLoopGroup(
            EVENT_LOOPS,
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  }

  /** Opens every stream and waits until each is served or has failed, or patience is out. */
  public OpenReport open() throws InterruptedException {
    double cpuBefore = server.map(ServerProcess::cpuSeconds).orElse(0.0);
    var memoryBefore = server.map(ServerProcess::memory);
    long start = System.nanoTime();
    long deadline = start + plan.pace().patience().toNanos();
    for (var sidecar : sidecars) {
      if (!places.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        break;
      }
      awaitTurn(start, sidecar.index());
      start(sidecar);
    }
    decided.tryAcquire(
        sidecars.size(), Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    double wall = (System.nanoTime() - start) / 1e9;
    Thread.sleep(LATECOMERS);
    int served = settled.get();
    return new OpenReport(
        sidecars.size(),
        connections.length,
        served,
        failuresByReason(),
        round(wall),
        Percentiles.ofNanos(firstSecrets()),
        distinctSecrets(),
        server.map(process -> cost(process, cpuBefore, memoryBefore.orElseThrow(), served)));
  }

  private void awaitTurn(long start, int index) {
    plan.pace()
        .perSecond()
        .ifPresent(
            rate -> {
              long due = start + (long) (index / rate * 1e9);
              for (long now = System.nanoTime(); now < due; now = System.nanoTime()) {
                LockSupport.parkNanos(due - now);
              }
            });
  }

  private void start(Sidecar sidecar) {
    int at = sidecar.index() % connections.length;
    sidecar.started(System.nanoTime());
    if (connections[at] == null) {
      connections[at] = connect();
    }
    open(connections[at], sidecar);
  }

  private void open(ChannelFuture connection, Sidecar sidecar) {
    connection.addListener(
        done -> {
          if (!done.isSuccess()) {
            lost(sidecar, "connection failed: " + done.cause().getMessage());
            return;
          }
          var context = connection.channel().pipeline().context(SidecarConnection.class);
          if (context == null) {
            lost(sidecar, "the connection closed at once");
          } else {
            ((SidecarConnection) context.handler()).open(context, sidecar);
          }
        });
  }

  private ChannelFuture connect() {
    var target = plan.target();
    return new Bootstrap()
        .group(loops)
        .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 30_000)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                target
                    .tls()
                    .map(tls -> tls.newHandler(channel.alloc(), target.serverName(), target.port()))
                    .ifPresent(
                        handler -> {
                          handler.setHandshakeTimeoutMillis(plan.pace().patience().toMillis());
                          channel.pipeline().addLast(handler);
                        });
                channel
                    .pipeline()
                    .addLast(
                        new SidecarConnection(
                            plan.crew().variant(),
                            plan.behaviour(),
                            target.tls().isPresent(),
                            target.serverName() + ":" + target.port(),
                            listener));
              }
            })
        .connect(target.host(), target.port());
  }

  private void lost(Sidecar sidecar, String reason) {
    failures.computeIfAbsent(reason, any -> new LongAdder()).increment();
    if (sidecar.isSettled()) {
      settled.decrementAndGet();
    } else if (!plan.behaviour().reconnects()) {
      decide();
    }
    if (plan.behaviour().reconnects()) {
      comeBack(sidecar);
    }
  }

  /** A connection of its own again, after a random pause: the full jitter of a client's backoff. */
  @SuppressWarnings("FutureReturnValueIgnored") // a connection that fails says so to its listener
  private void comeBack(Sidecar sidecar) {
    long pause = ThreadLocalRandom.current().nextLong(LONGEST_PAUSE_MILLIS);
    sidecar.started(System.nanoTime());
    Runnable again = () -> open(connect(), sidecar);
    loops.schedule(again, pause, TimeUnit.MILLISECONDS);
  }

  private void decide() {
    places.release();
    decided.release();
  }

  /**
   * Runs an action that makes the server push, and waits until every stream has got something or
   * patience is out.
   */
  public PushReport mark(Runnable action, Duration patience) throws InterruptedException {
    return mark(action, sidecars.size(), patience);
  }

  /** As {@link #mark(Runnable, Duration)}, where only some of the streams are to be reached. */
  public PushReport mark(Runnable action, int expected, Duration patience)
      throws InterruptedException {
    double cpuBefore = server.map(ServerProcess::cpuSeconds).orElse(0.0);
    var now = new Mark(sidecars.size());
    mark = now;
    action.run();
    boolean all = now.reached.tryAcquire(expected, patience.toNanos(), TimeUnit.NANOSECONDS);
    Thread.sleep(LATECOMERS);
    var latencies =
        Arrays.stream(now.first).filter(at -> at != 0).map(at -> at - now.start).toArray();
    long pushed = now.responses.sum();
    var cost =
        server.map(
            process -> {
              double cpu = process.cpuSeconds() - cpuBefore;
              return new PushReport.Cost(round(cpu), rate(pushed, cpu));
            });
    var percentiles = Percentiles.ofNanos(latencies);
    return new PushReport(
        pushed,
        all ? Math.max(expected, latencies.length) : latencies.length,
        expected,
        percentiles,
        round(Arrays.stream(latencies).min().orElse(0) / 1e6),
        cost);
  }

  /** Every response so far, of all streams. */
  public long responses() {
    return responses.sum();
  }

  /** Streams that hold their secrets now. */
  public int served() {
    return settled.get();
  }

  public Map<String, Long> failuresByReason() {
    var sums = new TreeMap<String, Long>();
    failures.forEach((reason, count) -> sums.put(reason, count.sum()));
    return sums;
  }

  private long[] firstSecrets() {
    return sidecars.stream()
        .filter(Sidecar::isSettled)
        .mapToLong(Sidecar::nanosToFirstSecret)
        .toArray();
  }

  private int distinctSecrets() {
    return (int)
        sidecars.stream()
            .filter(Sidecar::isSettled)
            .mapToLong(Sidecar::firstContent)
            .distinct()
            .count();
  }

  private static OpenReport.ServerCost cost(
      ServerProcess process, double cpuBefore, ServerProcess.Memory before, int served) {
    double cpu = process.cpuSeconds() - cpuBefore;
    var memory = process.memory();
    var growth = memory.minus(before);
    return new OpenReport.ServerCost(
        round(cpu),
        rate(served, cpu),
        round((double) growth.rss() / Math.max(1, served)),
        round((double) growth.anonymous() / Math.max(1, served)),
        memory.rss() / 1024);
  }

  private static double rate(long count, double seconds) {
    return seconds <= 0 ? 0 : Math.round(count / seconds * 10) / 10.0;
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }

  /** Closes every connection and waits for the event loops to end. */
  @Override
  public void close() {
    closing = true;
    loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).awaitUninterruptibly(15, TimeUnit.SECONDS);
  }
}
