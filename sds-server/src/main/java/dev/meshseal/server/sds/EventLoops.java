package dev.meshseal.server.sds;

import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that serve every listener: one that accepts, and as many as there are cores for the
 * rest. By epoll where its native library loads, by the JDK otherwise.
 */
public final class EventLoops implements AutoCloseable {
  private final boolean epoll;
  private final EventLoopGroup acceptor;
  private final EventLoopGroup workers;

  private EventLoops(boolean epoll, int workers) {
    this.epoll = epoll;
    this.acceptor = group(1, "sds-accept");
    this.workers = group(workers, "sds");
  }

  /** By epoll where that works here. */
  public static EventLoops start() {
    return new EventLoops(Epoll.isAvailable(), Runtime.getRuntime().availableProcessors());
  }

  /** By the JDK alone. */
  public static EventLoops startNio(int workers) {
    return new EventLoops(false, workers);
  }

  public boolean isEpoll() {
    return epoll;
  }

  /** The loop whose thread is the calling one; the calling thread itself where there is none. */
  public Executor current() {
    for (var loop : workers) {
      if (loop.inEventLoop()) {
        return loop;
      }
    }
    return Runnable::run;
  }

  EventLoopGroup acceptor() {
    return acceptor;
  }

  EventLoopGroup workers() {
    return workers;
  }

  ChannelFactory<ServerChannel> tcp() {
    return epoll ? EpollServerSocketChannel::new : NioServerSocketChannel::new;
  }

  ChannelFactory<ServerChannel> unix() {
    return epoll ? EpollServerDomainSocketChannel::new : NioServerDomainSocketChannel::new;
  }

  /** Stops the threads; listeners are to be stopped before. Waits a few seconds at most. */
  @Override
  public void close() {
    var acceptorGone = acceptor.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    var workersGone = workers.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    acceptorGone.awaitUninterruptibly(3, TimeUnit.SECONDS);
    workersGone.awaitUninterruptibly(3, TimeUnit.SECONDS);
  }

  private EventLoopGroup group(int threads, String name) {
    IoHandlerFactory handler = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(name, /* daemon= */ true), handler);
  }
}
