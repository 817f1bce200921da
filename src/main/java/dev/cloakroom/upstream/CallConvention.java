package dev.cloakroom.upstream;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.upstream.key.NamedKey;
import io.micrometer.common.KeyValues;
import java.util.Map;
import java.util.function.Consumer;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientRequestObservationContext;
import org.springframework.web.reactive.function.client.DefaultClientRequestObservationConvention;

/** Has the span of a call to the vendor name its image and its key, in place of the address. */
final class CallConvention extends DefaultClientRequestObservationConvention {

  private static final String IMAGE = "image";
  private static final String KEY = "key";

  /** Attributes of the call. */
  static Consumer<Map<String, Object>> attributes(ImageId id, NamedKey key) {
    return attributes -> {
      attributes.put(IMAGE, id.value());
      attributes.put(KEY, key.name());
    };
  }

  @Override
  public KeyValues getHighCardinalityKeyValues(ClientRequestObservationContext context) {
    ClientRequest request = context.getRequest();
    return request == null
        ? KeyValues.empty()
        : KeyValues.of(
            IMAGE, valueOf(request, IMAGE),
            KEY, valueOf(request, KEY));
  }

  private static String valueOf(ClientRequest request, String name) {
    return request.attribute(name).map(Object::toString).orElse("none");
  }
}
