package dev.cloakroom.testsupport;

import ch.qos.logback.core.OutputStreamAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Compresses a log as it is written: at TRACE, it would be a gigabyte. */
public final class GzipAppender<E> extends OutputStreamAppender<E> {

  /** Several in a row are one log, as each start of a service in this process begins a new one. */
  @Override
  public void start() {
    try {
      Files.createDirectories(Canary.DIRECTORY);
      Path file = Files.createTempFile(Canary.DIRECTORY, "trace-", ".log.gz");
      setOutputStream(new GZIPOutputStream(Files.newOutputStream(file), 1 << 16));
      setImmediateFlush(false);
      super.start();
      // Else what is not written yet would be lost with the process.
      Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
    } catch (IOException e) {
      addError("cannot write the log", e);
    }
  }
}
