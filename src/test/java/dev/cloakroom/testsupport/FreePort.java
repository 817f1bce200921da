package dev.cloakroom.testsupport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * A port for a process that takes it by number. None that the system gives to connections, as these
 * take it before the process does; and none twice.
 */
public final class FreePort {

  private static final int FIRST = 10_000;
  private static final int LAST = 20_000;
  private static final Set<Integer> taken = new HashSet<>();

  private FreePort() {}

  /** It is free, and so are those at these distances from it. */
  public static synchronized int take(int... distances) {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
      boolean free =
          isFree(port)
              && IntStream.of(distances)
                  .map(distance -> port + distance)
                  .allMatch(FreePort::isFree);
      if (free && taken.add(port)) {
        return port;
      }
    }
  }

  private static boolean isFree(int port) {
    try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
