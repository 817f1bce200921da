package dev.cloakroom.image;

import java.net.URI;
import java.util.List;

/** Chooses the links that callers get to the pictures of a ready image. */
public interface OutputLinks {

  /** The vendor's own. */
  OutputLinks VENDORS = Image.Ready::output;

  /** One absolute URL for each picture, in the vendor's order. */
  List<URI> of(Image.Ready image);
}
