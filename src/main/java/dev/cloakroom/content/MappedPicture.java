package dev.cloakroom.content;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A picture whose file is mapped into memory, so that its bytes go from there to sockets, until all
 * who hold it have closed it.
 */
final class MappedPicture implements AutoCloseable {

  private final Picture picture;
  private final ByteBuffer bytes;
  private final Holders holders;

  private MappedPicture(Picture picture, ByteBuffer bytes, Arena arena) {
    this.picture = picture;
    this.bytes = bytes;
    this.holders = new Holders(() -> unmap(arena));
  }

  /** Maps the file, and reads it from the disk: who sends it shall not wait for that. */
  @SuppressWarnings("MustBeClosedChecker") // closed after the last holder
  static MappedPicture of(Picture picture, FileChannel file) throws IOException {
    Arena arena = Arena.ofShared();
    try {
      MemorySegment segment = file.map(FileChannel.MapMode.READ_ONLY, 0, picture.size(), arena);
      segment.load();
      return new MappedPicture(picture, segment.asByteBuffer(), arena);
    } catch (IOException | RuntimeException e) {
      arena.close();
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

  @Override
  public void close() {
    holders.remove();
  }

  private static void unmap(Arena arena) {
    try {
      arena.close();
    } catch (IllegalStateException _) {
      // A write that was given up is still under way.
      CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS).execute(() -> unmap(arena));
    }
  }
}
