package dev.cloakroom.upstream;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.upstream.key.NamedKey;
import org.jspecify.annotations.Nullable;

/** Shows calls to the vendor as the metric {@code http.client.requests}. */
interface CallObserver {

  /** One call; exactly one of the three other methods is called, once. */
  interface Call {

    /** In whichever way. */
    void end(CallTags tags, @Nullable Throwable failure);

    /** The whole answer has come. */
    default void answered(int status) {
      end(CallTags.answered(status), null);
    }

    /** It has not. */
    default void failed(Throwable failure) {
      end(CallTags.failed(failure), failure);
    }

    /** Nobody waits for it any more. */
    default void cancelled() {
      end(CallTags.CANCELLED, null);
    }
  }

  /** The calls of one fetch. */
  interface Calls {

    /** One begins. */
    Call begin(NamedKey key);
  }

  /** Those of a fetch which is caused by what this thread works for. */
  Calls of(ImageId id);
}
