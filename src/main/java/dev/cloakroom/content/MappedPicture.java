package dev.cloakroom.content;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A picture whose file is mapped into memory, so that its bytes go from there to sockets, until all
 * who hold it have closed it.
 */
final class MappedPicture implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(MappedPicture.class);

  private final Picture picture;
  private final ByteBuffer bytes;
  private final FileChannel file;
  private final Holders holders;

  private MappedPicture(Picture picture, ByteBuffer bytes, FileChannel file, Arena arena) {
    this.picture = picture;
    this.bytes = bytes;
    this.file = file;
    this.holders = new Holders(() -> unmap(arena, file));
  }

  /**
   * Maps the file, and reads it from the disk: who sends it shall not wait for that. The file is
   * closed with the picture, or here where that fails.
   */
  @SuppressWarnings("MustBeClosedChecker") // closed after the last holder
  static MappedPicture of(Picture picture, FileChannel file) throws IOException {
    Arena arena = Arena.ofShared();
    try {
      MemorySegment segment = file.map(FileChannel.MapMode.READ_ONLY, 0, picture.size(), arena);
      segment.load();
      return new MappedPicture(picture, segment.asByteBuffer(), file, arena);
    } catch (Throwable e) {
      unmap(arena, file);
      throw e;
    }
  }

  /** Once more held by the caller; null where it is closed already. */
  @Nullable MappedPicture retain() {
    return holders.add() ? this : null;
  }

  Picture picture() {
    return picture;
  }

  /** For one reader. */
  ByteBuffer bytes() {
    return bytes.duplicate();
  }

  FileChannel file() {
    return file;
  }

  @Override
  public void close() {
    holders.remove();
  }

  private static void unmap(Arena arena, FileChannel file) {
    try {
      arena.close();
      file.close();
    } catch (IOException e) {
      log.warn("A picture's file is not closed", e);
    } catch (IllegalStateException _) {
      // A write that was given up is still under way.
      CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS).execute(() -> unmap(arena, file));
    }
  }
}
