package dev.meshseal.server.sds;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.OpenSsl;
import java.io.FileNotFoundException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The native libraries, whose releases lag behind Netty's, load under its newest classes. */
@EnabledOnOs(OS.LINUX)
final class NativeTransportTest {
  @Test
  void loadsEpoll() {
    assertThat(Epoll.unavailabilityCause()).isNull();
  }

  // Loading is not all: some native methods are looked up only when the first call fails.
  @Test
  void knowsTheErrorsOfTheSystem() throws Exception {
    var group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    var nobody =
        new Bootstrap()
            .group(group)
            .channel(EpollDomainSocketChannel.class)
            .handler(new ChannelInboundHandlerAdapter())
            .connect(new DomainSocketAddress("/nobody-listens-here"))
            .await();

    assertThat(nobody.cause()).isInstanceOf(FileNotFoundException.class);
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
  }

  @Test
  void loadsBoringSsl() {
    assertThat(OpenSsl.unavailabilityCause()).isNull();
    assertThat(OpenSsl.versionString()).contains("BoringSSL");
  }
}
