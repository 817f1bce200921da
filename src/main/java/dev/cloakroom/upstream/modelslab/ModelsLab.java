package dev.cloakroom.upstream.modelslab;

import dev.cloakroom.upstream.key.ApiKey;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** The vendor's API, and its request. */
public final class ModelsLab {

  /** Where it is. */
  public static final String BASE_URL = "https://modelslab.com/api";

  /** An image's state; {@code {id}} stands for the id. */
  public static final String FETCH_PATH = "/v6/image_editing/fetch/{id}";

  /** The ids that it gives. */
  public static final String ID_PATTERN = "[1-9][0-9]{0,14}";

  private ModelsLab() {}

  /** {@code {"key":"…"}}; as bytes, which no encoder logs. */
  public static byte[] requestBody(ApiKey key) {
    return JsonMapper.shared().writeValueAsBytes(Map.of("key", key.secret()));
  }
}
