package dev.cloakroom.api;

import dev.cloakroom.image.Representation;
import java.io.IOException;
import java.time.Duration;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;

/** Serves the OpenAPI document, which describes all that the service port answers. */
@RestController
class OpenApiController {

  /** Another version of the service may come at any time. */
  private static final Duration FRESHNESS = Duration.ofMinutes(5);

  private final ResponseEntity<byte[]> document;

  OpenApiController() throws IOException {
    byte[] json = new ClassPathResource("openapi.json").getContentAsByteArray();
    this.document =
        ResponseEntity.ok()
            .eTag(Representation.etagOf(json))
            .cacheControl(CacheControl.maxAge(FRESHNESS).cachePublic())
            .body(json);
  }

  @RequestMapping(
      path = "/openapi.json",
      method = {RequestMethod.GET, RequestMethod.HEAD},
      produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> document() {
    return document;
  }
}
