package dev.cloakroom.content;

import dev.cloakroom.image.ImageId;

/**
 * The name of a picture.
 *
 * @param index into the image's output, from 0
 */
record PictureId(ImageId image, int index) {

  @Override
  public String toString() {
    return image + "/" + index;
  }
}
