package dev.cloakroom.content;

import java.io.IOException;
import java.io.OutputStream;

/** A picture whose bytes can be read until all who hold it have closed it, wherever they are. */
final class OpenPicture implements AutoCloseable {

  /** Where the bytes are; read by several threads at once. */
  interface Source {

    void writeTo(OutputStream out, long start, long length) throws IOException;

    void close();
  }

  private final Picture picture;
  private final Source source;
  private final Holders holders;

  /** Held by the caller. */
  OpenPicture(Picture picture, Source source) {
    this.picture = picture;
    this.source = source;
    this.holders = new Holders(source::close);
  }

  Picture picture() {
    return picture;
  }

  /** One more holds it, who must close it; false where it is closed already. */
  boolean retain() {
    return holders.add();
  }

  /** Writes a range of the bytes; blocks while the reader is slow. */
  void writeTo(OutputStream out, long start, long length) throws IOException {
    source.writeTo(out, start, length);
  }

  @Override
  public void close() {
    holders.remove();
  }

  /** The bytes in memory. */
  static Source inMemory(byte[] bytes, int size, Runnable release) {
    return new Source() {
      @Override
      public void writeTo(OutputStream out, long start, long length) throws IOException {
        out.write(bytes, (int) start, (int) Math.min(length, size - start));
      }

      @Override
      public void close() {
        release.run();
      }
    };
  }
}
