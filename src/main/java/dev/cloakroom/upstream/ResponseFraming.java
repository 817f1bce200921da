package dev.cloakroom.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;

/**
 * Lets one final answer through for each request, and closes a connection that brings more.
 *
 * <p>Reactor Netty takes 102 and 103 for final answers, and what follows an answer for the next
 * call's. Used by one connection, on its event loop.
 */
final class ResponseFraming {

  private static final int MAX_INTERIM = 32;

  private boolean isAwaited;
  private boolean isInterim;
  private boolean isClosing;
  private int interims;
  private @Nullable Object end;

  private ResponseFraming() {}

  /** The client with this framing on each of its connections. */
  static HttpClient on(HttpClient http) {
    return http.doOnChannelInit((_, channel, _) -> new ResponseFraming().install(channel))
        .doOnResponse(ResponseFraming::closeAfterInterim);
  }

  private void install(Channel channel) {
    channel
        .pipeline()
        .addBefore(NettyPipeline.HttpCodec, "cloakroom.bytes", new Bytes())
        .addAfter(NettyPipeline.HttpCodec, "cloakroom.messages", new Messages());
  }

  /** A second line of defence: the real answer would meet the next call. */
  static void closeAfterInterim(HttpClientResponse response, Connection connection) {
    if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      connection.markPersistent(false);
    }
  }

  /** Closes the connection, but not before the answer that came has been delivered. */
  private void abandon(ChannelHandlerContext context) {
    isAwaited = false;
    isClosing = true;
    Connection.from(context.channel()).markPersistent(false);
    if (end == null) {
      var _ = context.close();
    }
  }

  /** Notices bytes that belong to no answer; placed before the decoder. */
  private final class Bytes extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (!(message instanceof ByteBuf bytes) || !bytes.isReadable()) {
        context.fireChannelRead(message);
        return;
      }
      // The decoder keeps an unfinished surplus to itself, but an answer must end at a last byte.
      if (isAwaited && bytes.readableBytes() > 1) {
        context.fireChannelRead(bytes.readRetainedSlice(bytes.readableBytes() - 1));
      }
      if (isAwaited) {
        context.fireChannelRead(bytes);
      } else {
        bytes.release();
        abandon(context);
      }
    }
  }

  /** Skips interim answers, and keeps the end of an answer until all that came with it is read. */
  private final class Messages extends ChannelDuplexHandler {

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      if (message instanceof HttpRequest) {
        isAwaited = !isClosing;
        interims = 0;
      }
      var _ = context.write(message, promise);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (!isAwaited) {
        ReferenceCountUtil.release(message);
      } else if (message instanceof HttpResponse response) {
        readHead(context, response);
      } else if (isInterim) {
        skip(context, message);
      } else {
        pass(context, message);
      }
    }

    private void readHead(ChannelHandlerContext context, HttpResponse response) {
      if (response.decoderResult().isFailure()) {
        refuse(context, response);
      } else if (response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
        pass(context, response);
      } else if (response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)
          || ++interims > MAX_INTERIM) {
        String what = "HTTP " + response.status().code() + " instead of an answer";
        response.setDecoderResult(DecoderResult.failure(new DecoderException(what)));
        refuse(context, response);
      } else {
        isInterim = true;
        ReferenceCountUtil.release(response);
      }
    }

    private void refuse(ChannelHandlerContext context, HttpResponse response) {
      Connection.from(context.channel()).markPersistent(false);
      context.fireChannelRead(response);
      abandon(context);
    }

    private void skip(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
      if (message instanceof LastHttpContent) {
        isInterim = false;
        // Nothing was passed on, so nobody else will.
        context.read();
      }
    }

    private void pass(ChannelHandlerContext context, Object message) {
      if (message instanceof LastHttpContent last) {
        end = last;
        isAwaited = false;
        isClosing |= last.decoderResult().isFailure();
      } else {
        context.fireChannelRead(message);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      deliverEnd(context);
      context.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      deliverEnd(context);
      context.fireChannelInactive();
    }

    private void deliverEnd(ChannelHandlerContext context) {
      Object last = end;
      if (last == null) {
        return;
      }
      end = null;
      // From here on the connection may be given to the next call.
      context.fireChannelRead(last);
      if (isClosing) {
        abandon(context);
      }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
      ReferenceCountUtil.release(end);
      end = null;
    }
  }
}
