package dev.cloakroom.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.settings.InvalidSettingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Keeps pictures as files of one directory, up to its size, and finds those of an earlier process.
 *
 * <p>A disk that fails, or a file that vanished, is a miss.
 */
@Component
final class PictureDirectory {

  private static final Logger log = LoggerFactory.getLogger(PictureDirectory.class);

  private static final String UNFINISHED = ".part";
  private static final Pattern UNFINISHED_NAME = Pattern.compile("[0-9a-f-]{36}\\.part");

  /** What a small file takes on a disk, rather more than less. */
  private static final long MIN_WEIGHT = 16 * 1024;

  /** Their entries take some 30 MiB of memory. */
  private static final int MAX_PICTURES = 100_000;

  private final Path directory;
  private final long maxPictureSize;
  private final MemoryBudget memory;
  private final MappedPictures mapped;
  private final ContentMetrics metrics;
  private final Cache<PictureId, Picture> pictures;
  private volatile @Nullable String fault;

  PictureDirectory(
      ContentProperties settings,
      MemoryBudget memory,
      MappedPictures mapped,
      ContentMetrics metrics) {
    Path configured = settings.directory();
    this.directory = configured == null ? defaultDirectory() : configured.toAbsolutePath();
    this.maxPictureSize = settings.maxPictureSize().toBytes();
    this.memory = memory;
    this.mapped = mapped;
    this.metrics = metrics;
    long maxSize = settings.maxSize().toBytes();
    long minWeight = Math.clamp(maxSize / MAX_PICTURES, MIN_WEIGHT, Integer.MAX_VALUE);
    this.pictures =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .maximumWeight(maxSize)
            .weigher((PictureId _, Picture picture) -> (int) Math.max(picture.size(), minWeight))
            .evictionListener(
                (@Nullable PictureId _, @Nullable Picture picture, RemovalCause _) ->
                    delete(Objects.requireNonNull(picture)))
            .build();
    metrics.bindDirectory(this::bytes);
    load();
  }

  /** Of this user alone, and made at once: the system's temporary directory is everybody's. */
  private static Path defaultDirectory() {
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9_-]", "");
    Path directory = Path.of(System.getProperty("java.io.tmpdir"), "cloakroom-" + user);
    try {
      create(directory);
    } catch (IOException _) {
      // Made anew where it is used, or a miss.
    }
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS) && !isOurs(directory)) {
      throw new InvalidSettingException(
          "cloakroom.content.directory",
          "is not set, and its default belongs to another user",
          "Set it to a directory that only Cloakroom can write to.");
    }
    return directory;
  }

  private static boolean isOurs(Path directory) {
    try {
      Path probe = Files.createTempFile("cloakroom", UNFINISHED);
      try {
        return Files.getOwner(probe).equals(Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS));
      } finally {
        Files.delete(probe);
      }
    } catch (IOException _) {
      // Without a temporary directory, nothing is kept in it either.
      return true;
    }
  }

  /** A file that an earlier process has kept. */
  private record Kept(Picture picture, FileTime since) {}

  /** What an earlier process has kept, the oldest first. */
  private void load() {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      files
          .map(this::load)
          .flatMap(Optional::stream)
          .sorted(Comparator.comparing(Kept::since))
          .forEach(kept -> put(kept.picture()));
    } catch (IOException | UncheckedIOException e) {
      failed("cannot be read", e);
    }
  }

  /** Removes it where the earlier process, or its machine, did not get to its end. */
  private Optional<Kept> load(Path file) {
    String name = file.getFileName().toString();
    Optional<Picture> picture = Picture.ofFile(name);
    try {
      var attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isRegularFile()) {
        return Optional.empty();
      }
      boolean isCut = picture.isPresent() && picture.get().size() != attributes.size();
      if (isCut || UNFINISHED_NAME.matcher(name).matches()) {
        Files.deleteIfExists(file);
        return Optional.empty();
      }
      return picture.map(known -> new Kept(known, attributes.lastModifiedTime()));
    } catch (IOException e) {
      failed("has a file that cannot be read", e);
      return Optional.empty();
    }
  }

  /** The picture, open; null where it is not kept. Counts as a use of it. */
  @Nullable OpenPicture open(PictureId id) {
    Picture picture = pictures.getIfPresent(id);
    if (picture == null) {
      return null;
    }
    FileChannel file = openFile(picture);
    return file == null ? null : new OpenPicture(picture, new PictureFile(file));
  }

  /** The picture where its file is mapped already, as {@link #map} does; counts as a use of it. */
  @Nullable MappedPicture findMapped(PictureId id) {
    Picture picture = pictures.getIfPresent(id);
    return picture == null ? null : mapped.find(picture);
  }

  /** The picture, its file mapped; null where it is not kept. */
  @Nullable MappedPicture map(PictureId id) {
    Picture picture = pictures.getIfPresent(id);
    if (picture == null) {
      return null;
    }
    try {
      FileChannel file = openFile(picture);
      if (file == null) {
        return null;
      }
      MappedPicture found = MappedPicture.of(picture, file);
      mapped.put(found);
      return found;
    } catch (IOException e) {
      failed("does not map a picture", e);
      return null;
    }
  }

  /** Whether it is kept, and small enough to be mapped. */
  boolean isMappable(PictureId id) {
    Picture picture = pictures.asMap().get(id);
    return picture != null && mapped.takes(picture);
  }

  private @Nullable FileChannel openFile(Picture picture) {
    try {
      FileChannel file = FileChannel.open(path(picture), StandardOpenOption.READ);
      if (file.size() == picture.size()) {
        return file;
      }
      file.close();
      log.warn("{} has another size than it had; it is fetched anew", path(picture));
    } catch (IOException e) {
      failed("has lost a picture or does not open it", e);
    }
    remove(picture);
    return null;
  }

  boolean contains(PictureId id) {
    return pictures.asMap().containsKey(id);
  }

  /** For the bytes of a new picture; in memory where the directory takes no file. */
  Spool spool() {
    return new Spool(temporary(), maxPictureSize, memory);
  }

  private Spool.@Nullable Temporary temporary() {
    try {
      if (!Files.isDirectory(directory)) {
        create(directory);
      }
      Path file = directory.resolve(UUID.randomUUID() + UNFINISHED);
      Set<StandardOpenOption> options =
          EnumSet.of(
              StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
      return new Spool.Temporary(file, FileChannel.open(file, options));
    } catch (IOException e) {
      failed("takes no file", e);
      return null;
    }
  }

  private static void create(Path directory) throws IOException {
    boolean isPosix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (isPosix) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectories(directory);
    }
  }

  /**
   * The picture that has come, open; kept, unless the disk fails or that is not wanted any more.
   *
   * @throws ContentRefused where it is none
   */
  OpenPicture finish(Spool spool, PictureId id, boolean isToKeep) {
    IOException failure = spool.fault();
    if (failure != null) {
      failed("takes no more bytes", failure);
    }
    Path file = spool.path();
    OpenPicture picture = spool.finish(id);
    if (file != null) {
      keep(file, picture.picture(), isToKeep);
    }
    return picture;
  }

  private void keep(Path file, Picture picture, boolean isToKeep) {
    try {
      if (isToKeep) {
        Files.move(
            file,
            path(picture),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
        put(picture);
        fault = null;
      }
    } catch (IOException e) {
      failed("takes no picture", e);
    }
    delete(file);
  }

  private void put(Picture picture) {
    pictures
        .asMap()
        .compute(
            picture.id(),
            (_, before) -> {
              if (before != null && !before.fileName().equals(picture.fileName())) {
                delete(before);
              }
              return picture;
            });
  }

  /** Removes all pictures of the image. */
  void remove(ImageId image) {
    List.copyOf(pictures.asMap().values()).stream()
        .filter(picture -> picture.id().image().equals(image))
        .forEach(this::remove);
  }

  private void remove(Picture picture) {
    pictures
        .asMap()
        .computeIfPresent(
            picture.id(),
            (_, current) -> {
              delete(current);
              return null;
            });
  }

  private void delete(Picture picture) {
    mapped.remove(picture);
    delete(path(picture));
  }

  /** If it is there. */
  private void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      failed("does not delete a file", e);
    }
  }

  Path path(Picture picture) {
    return directory.resolve(picture.fileName());
  }

  private void failed(String what, Exception failure) {
    metrics.directoryFailed();
    String message = "%s %s: %s".formatted(directory, what, failure);
    if (fault == null) {
      log.warn("{}; pictures are served without it", message);
    }
    fault = message;
  }

  /** What is wrong with the directory; null where nothing is. */
  @Nullable String fault() {
    return fault;
  }

  Path path() {
    return directory;
  }

  /** How many pictures are kept, about. */
  long count() {
    return pictures.estimatedSize();
  }

  /** Bytes that kept pictures take, as they count. */
  long bytes() {
    return pictures
        .policy()
        .eviction()
        .map(eviction -> eviction.weightedSize().orElse(0))
        .orElse(0L);
  }
}
