package dev.cloakroom.content;

import jakarta.servlet.ServletOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/** A picture's bytes in a file that is open: they can be read even when it was deleted. */
record PictureFile(FileChannel channel) implements OpenPicture.Source {

  /** Mapped into memory, and written from there: a reader that is slow holds no copy. */
  @Override
  public void writeTo(OutputStream out, long start, long length) throws IOException {
    if (channel.size() < start + length) {
      throw new EOFException("a picture's file became shorter");
    }
    try (Arena arena = Arena.ofShared()) {
      MemorySegment bytes = channel.map(MapMode.READ_ONLY, start, length, arena);
      ((ServletOutputStream) out).write(bytes.asByteBuffer());
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
