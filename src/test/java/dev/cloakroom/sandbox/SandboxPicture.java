package dev.cloakroom.sandbox;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;
import javax.imageio.ImageIO;

/** Draws a picture for each seed. */
final class SandboxPicture {

  private static final int SIZE = 512;

  private SandboxPicture() {}

  static byte[] png(long seed) {
    var random = new Random(seed);
    var image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    Graphics2D canvas = image.createGraphics();
    for (int side = SIZE; side > 0; side -= SIZE / 8) {
      Color from = Color.getHSBColor(random.nextFloat(), 0.7f, 0.9f);
      Color to = Color.getHSBColor(random.nextFloat(), 0.7f, 0.5f);
      canvas.setPaint(new GradientPaint(0, 0, from, side, side, to));
      canvas.fillOval((SIZE - side) / 2, (SIZE - side) / 2, side, side);
    }
    canvas.dispose();
    var bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
