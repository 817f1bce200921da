package dev.cloakroom.sandbox;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/** Draws a landscape for each seed: a sky, a sun and some ridges of hills. */
final class SandboxPicture {

  private static final int SIZE = 512;
  private static final int RIDGES = 5;
  private static final float[] DAYS = {0.94f, 0, 0.04f, 0.45f, 0.5f, 0.56f, 0.6f, 0.7f};
  private static final float[] NIGHTS = {0.58f, 0.64f, 0.7f, 0.76f};

  private final SplittableRandom random;
  private final float hue;
  private final boolean isNight;

  private SandboxPicture(long seed) {
    random = new SplittableRandom(seed);
    isNight = random.nextInt(4) == 0;
    float[] hues = isNight ? NIGHTS : DAYS;
    hue = hues[random.nextInt(hues.length)] + 0.05f * random.nextFloat();
  }

  static byte[] png(long seed) {
    var bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(new SandboxPicture(seed).draw(), "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private BufferedImage draw() {
    var image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    Graphics2D canvas = image.createGraphics();
    canvas.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    drawSky(canvas);
    drawSun(canvas);
    for (int ridge = 0; ridge < RIDGES; ridge++) {
      drawRidge(canvas, ridge);
    }
    canvas.dispose();
    return image;
  }

  private void drawSky(Graphics2D canvas) {
    Color top = Color.getHSBColor(hue, 0.45f, isNight ? 0.25f : 0.85f);
    Color bottom = Color.getHSBColor(hue + 0.12f, 0.3f, isNight ? 0.6f : 1);
    canvas.setPaint(new GradientPaint(0, 0, top, 0, SIZE * 0.7f, bottom));
    canvas.fillRect(0, 0, SIZE, SIZE);
  }

  private void drawSun(Graphics2D canvas) {
    double radius = 28 + random.nextInt(40);
    double x = 100 + random.nextInt(SIZE - 200);
    double y = 90 + random.nextInt(130);
    for (double halo : new double[] {2.6, 1.7, 1}) {
      canvas.setColor(new Color(255, 250, 235, halo == 1 ? 235 : 40));
      double r = radius * halo;
      canvas.fill(new Ellipse2D.Double(x - r, y - r, 2 * r, 2 * r));
    }
  }

  /** Darker and fuller in colour the nearer it is. */
  private void drawRidge(Graphics2D canvas, int ridge) {
    float nearness = (ridge + 1f) / RIDGES;
    float brightness = isNight ? 0.5f - 0.4f * nearness : 0.9f - 0.62f * nearness;
    canvas.setColor(
        Color.getHSBColor(hue + 0.1f * (1 - nearness), 0.2f + 0.45f * nearness, brightness));
    double height = SIZE * (0.42 + 0.46 * ridge / (RIDGES - 1));
    double phase = random.nextDouble(6.28);
    double length = 90 + random.nextInt(70);
    var hills = new Path2D.Double();
    hills.moveTo(0, SIZE);
    for (int x = 0; x <= SIZE; x += 2) {
      double angle = phase + x / length;
      hills.lineTo(
          x, height + 30 * Math.sin(angle) + 13 * Math.sin(2.7 * angle) + 4 * Math.sin(7 * angle));
    }
    hills.lineTo(SIZE, SIZE);
    canvas.fill(hills);
  }
}
