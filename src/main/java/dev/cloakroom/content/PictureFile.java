package dev.cloakroom.content;

import jakarta.servlet.ServletOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;

/** A picture's bytes in a file that is open: they can be read even when it was deleted. */
record PictureFile(FileChannel channel) implements OpenPicture.Source {

  /** What the kernel holds for a client. */
  private static final int LARGE = 64 * 1024;

  /** For readers beyond those who get a large buffer, so that all of them stay within bounds. */
  private static final int SMALL = 8 * 1024;

  private static final Semaphore permits = new Semaphore(256);
  private static final ConcurrentLinkedQueue<ByteBuffer> free = new ConcurrentLinkedQueue<>();

  /** By one buffer, which is all that a slow reader holds. */
  @Override
  public void writeTo(OutputStream out, long start, long length) throws IOException {
    if (!permits.tryAcquire()) {
      write((ServletOutputStream) out, start, length, ByteBuffer.allocate(SMALL));
      return;
    }
    ByteBuffer pooled = free.poll();
    ByteBuffer buffer = pooled == null ? ByteBuffer.allocateDirect(LARGE) : pooled;
    try {
      write((ServletOutputStream) out, start, length, buffer);
      // Not where a write failed, which may still be under way.
      free.add(buffer);
    } finally {
      permits.release();
    }
  }

  private void write(ServletOutputStream out, long start, long length, ByteBuffer buffer)
      throws IOException {
    long end = start + length;
    for (long position = start; position < end; ) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - position));
      if (channel.read(buffer, position) < 0) {
        throw new EOFException("a picture's file became shorter");
      }
      buffer.flip();
      position += buffer.remaining();
      out.write(buffer);
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
