package dev.cloakroom.cluster;

import com.redis.testcontainers.RedisContainer;
import dev.cloakroom.kubernetes.Chart;
import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.utility.DockerImageName;

/** A real Redis in a container, which can be taken away. */
public final class RedisServer implements AutoCloseable {

  /** The one that the chart runs for trials. */
  public static final DockerImageName IMAGE =
      DockerImageName.parse("docker.io/library/" + Chart.redisImage())
          .asCompatibleSubstituteFor("redis");

  private final RedisContainer container = new RedisContainer(IMAGE);

  private RedisServer() {
    container.start();
  }

  /** Where there are containers. */
  public static RedisServer start() {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      throw Tool.missing("replicas that share Redis: no containers here; see .ci/run");
    }
    return new RedisServer();
  }

  /** Of this machine. */
  public String host() {
    return container.getRedisHost();
  }

  /** Stays the same. */
  public int port() {
    return container.getRedisPort();
  }

  /** Keeps its connections, and answers nothing. */
  void pause() {
    container.getDockerClient().pauseContainerCmd(container.getContainerId()).exec();
  }

  void goOn() {
    container.getDockerClient().unpauseContainerCmd(container.getContainerId()).exec();
  }

  /** Refuses connections, and loses all. */
  void stop() {
    container.getDockerClient().stopContainerCmd(container.getContainerId()).withTimeout(2).exec();
  }

  /** At the same port. */
  void startAgain() {
    container.getDockerClient().startContainerCmd(container.getContainerId()).exec();
  }

  /** What redis-cli prints, in the container. */
  String cli(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "redis-cli";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    try {
      return container.execInContainer(command).getStdout();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    container.stop();
  }
}
