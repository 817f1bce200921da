package dev.cloakroom.content;

import dev.cloakroom.content.ContentRefused.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Takes a picture's bytes while they come: into a temporary file, or into memory from where the
 * disk fails on.
 *
 * <p>Nothing of it is left when it is closed, unless {@link #finish} has handed it out.
 */
final class Spool implements AutoCloseable {

  /** A temporary file. */
  record Temporary(Path path, FileChannel channel) {}

  private final long maxSize;
  private final MemoryBudget memory;
  private final MessageDigest sha256;
  private final byte[] head = new byte[PictureType.HEAD];
  private @Nullable Temporary file;
  private byte[] bytes = new byte[0];
  private long size;
  private @Nullable IOException fault;
  private @Nullable String expectedHash;
  private boolean isClosed;

  /**
   * For one picture.
   *
   * @param file none where the disk is known to fail
   */
  Spool(@Nullable Temporary file, long maxSize, MemoryBudget memory) {
    this.file = file;
    this.maxSize = maxSize;
    this.memory = memory;
    try {
      this.sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * Refuses a size that is too large before its bytes come.
   *
   * @param expected in bytes; less than 0 where it is not known
   */
  void expect(long expected) {
    if (expected > maxSize) {
      throw new ContentRefused(Reason.SIZE, "it is larger than cloakroom.content.max-picture-size");
    }
  }

  /** Takes only bytes of that hash, in hexadecimal. */
  synchronized void expect(String hash) {
    expectedHash = hash;
  }

  /**
   * Takes the next bytes.
   *
   * @throws ContentRefused where there are too many in all
   */
  synchronized void write(ByteBuffer next) {
    if (isClosed) {
      return;
    }
    expect(size + next.remaining());
    sha256.update(next.duplicate());
    int rest = (int) Math.min(head.length - Math.min(size, head.length), next.remaining());
    next.duplicate().get(head, (int) Math.min(size, head.length), rest);
    long end = size + next.remaining();
    Temporary to = file;
    if (to != null) {
      try {
        while (next.hasRemaining()) {
          to.channel().write(next);
        }
        size = end;
        return;
      } catch (IOException e) {
        fault = e;
        moveToMemory(to, (int) (end - next.remaining()));
      }
    }
    reserve(end);
    int length = next.remaining();
    next.get(bytes, (int) end - length, length);
    size = end;
  }

  /** What the file has got stays readable on a full disk. */
  private void moveToMemory(Temporary from, int written) {
    reserve(written);
    try {
      ByteBuffer all = ByteBuffer.wrap(bytes, 0, written);
      while (all.hasRemaining()) {
        if (from.channel().read(all, all.position()) < 0) {
          throw new IOException("a temporary file became shorter");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    file = null;
    delete(from);
  }

  private void reserve(long end) {
    if (end > bytes.length) {
      int length = (int) Math.min(maxSize, Math.max(end, 2L * bytes.length));
      memory.acquire(length - bytes.length);
      bytes = Arrays.copyOf(bytes, length);
    }
  }

  /** Why the bytes are in memory, where the disk has failed meanwhile. */
  synchronized @Nullable IOException fault() {
    return fault;
  }

  /** The temporary file; none where the bytes are in memory. */
  synchronized @Nullable Path path() {
    return file == null ? null : file.path();
  }

  /**
   * The picture that has come, open.
   *
   * @throws ContentRefused where it is none
   */
  synchronized OpenPicture finish(PictureId id) {
    if (size == 0) {
      throw new ContentRefused(Reason.EMPTY, "the answer has no bytes");
    }
    byte[] start = Arrays.copyOf(head, (int) Math.min(size, head.length));
    PictureType type =
        PictureType.of(start)
            .orElseThrow(
                () -> new ContentRefused(Reason.TYPE, "the bytes are no picture of a known type"));
    String hash = HexFormat.of().formatHex(sha256.digest());
    if (expectedHash != null && !expectedHash.equals(hash)) {
      throw new ContentRefused(Reason.DIGEST, "the bytes are not those that were stored");
    }
    var picture = new Picture(id, type, size, hash);
    Temporary done = file;
    if (done != null) {
      file = null;
      return new OpenPicture(picture, new PictureFile(done.channel()));
    }
    byte[] all = bytes;
    bytes = new byte[0];
    return new OpenPicture(
        picture, OpenPicture.inMemory(all, (int) size, () -> memory.release(all.length)));
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    if (file != null) {
      delete(file);
    }
    memory.release(bytes.length);
    bytes = new byte[0];
  }

  private static void delete(Temporary file) {
    try {
      file.channel().close();
      Files.deleteIfExists(file.path());
    } catch (IOException _) {
      // The next start clears it.
    }
  }
}
