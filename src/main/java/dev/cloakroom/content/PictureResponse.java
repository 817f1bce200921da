package dev.cloakroom.content;

import dev.cloakroom.content.ContentMetrics.Result;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRange;
import org.springframework.web.context.request.ServletWebRequest;

/** A picture as an HTTP response (RFC 9110: whole or a range, conditional or not). */
final class PictureResponse {

  private PictureResponse() {}

  /** Sends it, and closes it; blocks while the reader is slow. */
  static void send(FoundPicture found, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    try (OpenPicture content = found.content()) {
      Picture picture = content.picture();
      writeHeaders(picture, found.result(), response::setHeader);
      if (new ServletWebRequest(request, response).checkNotModified(picture.etag())) {
        return;
      }
      response.setContentType(picture.type().mediaType());
      HttpRange range = rangeOf(request, picture);
      if (range == null) {
        write(content, 0, picture.size(), request, response);
      } else if (range.getRangeStart(picture.size()) >= picture.size()) {
        response.setContentType(null);
        response.setHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + picture.size());
        response.setContentLength(0);
        response.setStatus(416);
      } else {
        writeRange(content, range, request, response);
      }
    }
  }

  /** Those of any answer about the picture. */
  static void writeHeaders(Picture picture, Result result, BiConsumer<String, String> headers) {
    headers.accept(HttpHeaders.ETAG, picture.etag());
    headers.accept("Repr-Digest", picture.digest());
    headers.accept(HttpHeaders.ACCEPT_RANGES, "bytes");
    headers.accept(HttpHeaders.CACHE_CONTROL, "private, max-age=31536000, immutable");
    headers.accept("X-Content-Type-Options", "nosniff");
    headers.accept("Content-Security-Policy", "default-src 'none'; sandbox");
    headers.accept("Cache-Status", cacheStatus(result));
  }

  private static String cacheStatus(Result result) {
    return switch (result) {
      case HIT -> "cloakroom; hit";
      case SHARED -> "cloakroom; hit; detail=shared";
      case MISS -> "cloakroom; fwd=uri-miss; stored";
      case COLLAPSED -> "cloakroom; fwd=uri-miss; collapsed";
    };
  }

  /** Null where the whole picture is to be sent: also for several ranges, as a server may. */
  private static @Nullable HttpRange rangeOf(HttpServletRequest request, Picture picture) {
    String header = request.getHeader(HttpHeaders.RANGE);
    String condition = request.getHeader(HttpHeaders.IF_RANGE);
    boolean isMet = condition == null || condition.strip().equals(picture.etag());
    if (header == null || !isMet || !request.getMethod().equals("GET")) {
      return null;
    }
    try {
      List<HttpRange> ranges = HttpRange.parseRanges(header);
      return ranges.size() == 1 ? ranges.getFirst() : null;
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  private static void writeRange(
      OpenPicture content,
      HttpRange range,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    long size = content.picture().size();
    long start = range.getRangeStart(size);
    long end = range.getRangeEnd(size);
    response.setStatus(206);
    response.setHeader(HttpHeaders.CONTENT_RANGE, "bytes %d-%d/%d".formatted(start, end, size));
    write(content, start, end - start + 1, request, response);
  }

  private static void write(
      OpenPicture content,
      long start,
      long length,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    response.setContentLengthLong(length);
    if (!request.getMethod().equals("HEAD")) {
      content.writeTo(response.getOutputStream(), start, length);
    }
  }
}
