package dev.cloakroom.upstream;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import java.util.regex.Pattern;
import org.springframework.core.convert.converter.Converter;
import org.springframework.stereotype.Component;

/** Reads the ids that the vendor gives, and refuses all others. */
@Component
class ImageIdConverter implements Converter<String, ImageId> {

  private final Pattern pattern;

  ImageIdConverter(UpstreamProperties settings) {
    this.pattern = settings.idPattern();
  }

  @Override
  public ImageId convert(String text) {
    // A safe name first: no setting makes the pattern work through a whole long path.
    if (!ImageId.isOne(text) || !pattern.matcher(text).matches()) {
      throw Problem.INVALID_REQUEST.because("The id must match " + pattern.pattern() + ".");
    }
    return new ImageId(text);
  }
}
