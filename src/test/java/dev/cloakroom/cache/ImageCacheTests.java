package dev.cloakroom.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cache.FoundImage.Result;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.image.OutputLinks;
import dev.cloakroom.testsupport.FakeTime;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class ImageCacheTests {

  private static final ImageId ID = new ImageId("42");

  private final FakeTime time = new FakeTime();
  private final ImageCacheProperties settings =
      new Binder(new MapConfigurationPropertySource(Map.of()))
          .bindOrCreate("cloakroom.cache", ImageCacheProperties.class);
  private final Freshness freshness = new Freshness(settings);
  private final com.github.benmanes.caffeine.cache.Cache<ImageId, CachedImage> images =
      new CacheConfiguration().images(settings, freshness, time);
  private volatile Function<ImageId, CompletableFuture<Image>> vendor = _ -> failure();
  private final ImageCache cache =
      new ImageCache(
          new ImageStore(images, freshness, time, OutputLinks.VENDORS),
          freshness,
          time,
          (id, _, _) -> vendor.apply(id).thenApply(ImageSnapshot::now));
  private final AtomicInteger fetches = new AtomicInteger();

  @Test
  void servesStaleStateAtOnceWhileOneFetchRunsBehind() {
    get(ready());
    time.advance(settings.ready());
    var fetch = new CompletableFuture<Image>();

    FoundImage first = get(fetch);
    FoundImage second = get(fetch);
    fetch.complete(ready());
    FoundImage third = get(fetch);

    assertThat(first.result()).isEqualTo(Result.STALE);
    assertThat(second.result()).isEqualTo(Result.STALE);
    assertThat(third.result()).isEqualTo(Result.HIT);
    assertThat(fetches).hasValue(2);
  }

  @Test
  void passesOnTheGreatestAgeOfTheMode() {
    var ages = new ArrayList<Duration>();
    ImageCache source =
        new ImageCache(
            new ImageStore(images, freshness, time, OutputLinks.VENDORS),
            freshness,
            time,
            (_, maxAge, _) -> {
              ages.add(maxAge);
              return failure().thenApply(ImageSnapshot::now);
            });

    source.get(ID, CacheMode.noCacheWithin(Duration.ofSeconds(10)));
    get(new Image.Processing(ID, null));
    time.advance(settings.noCacheFloor());
    source.get(ID, CacheMode.noCacheWithin(Duration.ofMillis(7)));
    time.advance(settings.maxBackoff());
    source.get(ID, CacheMode.NO_CACHE);

    assertThat(ages)
        .containsExactly(Duration.ofSeconds(10), Duration.ofMillis(7), settings.noCacheFloor());
  }

  @Test
  void fetchesBeforeItSaysAgainThatAnImageIsUnknown() {
    get(new Image.Missing(ID));
    FoundImage negative = get(ready());
    time.advance(settings.missing());

    FoundImage registered = get(ready());

    assertThat(negative.image()).isInstanceOf(Image.Missing.class);
    assertThat(registered.image()).isInstanceOf(Image.Ready.class);
    assertThat(registered.result()).isEqualTo(Result.EXPIRED);
  }

  @Test
  void fetchesAgainAsSoonAsItMayHoweverOftenItWasDeferred() {
    get(ready());
    time.advance(settings.ready());
    var deferral = new FetchDeferred(Duration.ofSeconds(30), new IllegalStateException("cooldown"));
    for (int i = 0; i < 10; i++) {
      get(CompletableFuture.failedFuture(deferral));
      time.advance(Duration.ofSeconds(36));
    }

    FoundImage found = get(ready());

    assertThat(found.result()).isEqualTo(Result.STALE_IF_ERROR);
    assertThat(fetches).hasValue(12);
    assertThat(get(ready()).result()).isEqualTo(Result.HIT);
  }

  @Test
  void saysThatAnImageIsUnknownWhereTheFetchFails() {
    get(new Image.Missing(ID));
    time.advance(settings.missing());

    FoundImage found = get(failure());

    assertThat(found.image()).isInstanceOf(Image.Missing.class);
    assertThat(found.result()).isEqualTo(Result.STALE_IF_ERROR);
  }

  static Stream<Image> laterAnswers() {
    return Stream.of(
        new Image.Missing(ID), new Image.Failed(ID, "no"), new Image.Processing(ID, null));
  }

  @ParameterizedTest
  @MethodSource("laterAnswers")
  void neverTakesFinishedImageBack(Image later) {
    get(ready());
    time.advance(settings.ready());
    get(later);

    FoundImage found = get(later);
    time.advance(settings.staleReady().minusMillis(1));
    FoundImage atTheEnd = get(later);
    time.advance(Duration.ofMillis(1));
    FoundImage expired = get(later);

    assertThat(found.image()).isInstanceOf(Image.Ready.class);
    assertThat(found.result()).isEqualTo(Result.STALE_IF_ERROR);
    assertThat(atTheEnd.image()).isInstanceOf(Image.Ready.class);
    assertThat(expired.image()).isEqualTo(later);
  }

  @Test
  void letsFailedImageRecover() {
    get(new Image.Failed(ID, "try again"));
    time.advance(settings.failed());
    get(ready());

    assertThat(get(ready()).image()).isInstanceOf(Image.Ready.class);
  }

  @Test
  void backsOffWhileFetchesFail() {
    get(ready());
    time.advance(settings.ready());

    for (int second = 0; second < 600; second++) {
      FoundImage found = get(failure());
      assertThat(found.image()).isInstanceOf(Image.Ready.class);
      time.advance(Duration.ofSeconds(1));
    }

    // 1, 2, 4, 8, 16, 32, 60, 60 … seconds, give or take a fifth
    assertThat(fetches.get() - 1).isBetween(12, 19);
  }

  @Test
  void makesOneFetchAtEachImageWhenTheVendorIsBack() {
    List<ImageId> ids = IntStream.range(0, 200).mapToObj(i -> new ImageId("" + i)).toList();
    ids.forEach(id -> get(id, CacheMode.DEFAULT, _ -> done(readyOf(id))).join());
    time.advance(settings.ready());
    for (int second = 0; second < 300; second++) {
      ids.forEach(id -> get(id, CacheMode.DEFAULT, _ -> failure()).join());
      time.advance(Duration.ofSeconds(1));
    }

    int most = 0;
    for (int tenth = 0; tenth < 1200; tenth++) {
      int before = fetches.get();
      ids.forEach(id -> get(id, CacheMode.DEFAULT, _ -> fetch(done(readyOf(id)))).join());
      most = Math.max(most, fetches.get() - before);
      time.advance(Duration.ofMillis(100));
    }

    assertThat(fetches).hasValue(200);
    assertThat(most).as("fetches within a tenth of a second").isLessThan(40);
  }

  @Test
  void fetchesOftenAtFirstAndSeldomLater() {
    List<Duration> gaps = new ArrayList<>();
    Duration age = Duration.ZERO;
    while (age.compareTo(Duration.ofMinutes(5)) < 0) {
      Duration gap = get(new Image.Processing(ID, null)).nextFetch();
      gaps.add(gap);
      time.advance(gap);
      age = age.plus(gap);
    }

    assertThat(fetches).hasValue(gaps.size());
    assertThat(gaps.getFirst()).isEqualTo(Duration.ofSeconds(1));
    assertThat(gaps.getLast()).isBetween(Duration.ofSeconds(12), Duration.ofSeconds(15));
    assertThat(gaps)
        .allSatisfy(
            gap -> assertThat(gap).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(15)));
    assertThat(gaps).hasSizeBetween(20, 45);
  }

  @Test
  void fetchesAtUnfinishedImageBeforeItAnswersWhenTheTimeHasCome() {
    get(new Image.Processing(ID, null));
    time.advance(Duration.ofSeconds(1));

    FoundImage finished = get(ready());

    assertThat(finished.image()).isInstanceOf(Image.Ready.class);
    assertThat(finished.result()).isEqualTo(Result.EXPIRED);
  }

  @Test
  void fetchesWhenTheVendorExpectsToBeDone() {
    FoundImage found = get(new Image.Processing(ID, Duration.ofSeconds(10)));

    assertThat(found.freshness()).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(12));
  }

  @Test
  void givesFailureToItsWaitersAndStoresNone() {
    var fetch = new CompletableFuture<Image>();
    var leader = get(ID, CacheMode.DEFAULT, _ -> fetch(fetch));
    var waiter = get(ID, CacheMode.DEFAULT, _ -> fetch(fetch));

    fetch.completeExceptionally(new IllegalStateException("down"));

    assertThat(leader).isCompletedExceptionally();
    assertThat(waiter).isCompletedExceptionally();
    assertThat(fetches).hasValue(1);
    assertThat(get(ready()).result()).isEqualTo(Result.MISS);
  }

  @Test
  void goesOnWhenCallerGivesUp() {
    var fetch = new CompletableFuture<Image>();
    var leader = get(ID, CacheMode.DEFAULT, _ -> fetch(fetch));
    var waiter = get(ID, CacheMode.DEFAULT, _ -> fetch(fetch));

    leader.cancel(true);
    fetch.complete(ready());

    assertThat(waiter).isCompleted();
    assertThat(waiter.join().isCollapsed()).isTrue();
  }

  @Test
  void endsTheFetchEvenIfItsOutcomeCannotBeKept() {
    var leader = get(ID, CacheMode.DEFAULT, _ -> done(null));

    assertThat(leader).isCompletedExceptionally();
    assertThat(get(ready()).result()).isEqualTo(Result.MISS);
  }

  @Test
  void endsTheFetchEvenIfItCannotBegin() {
    var leader =
        get(
            ID,
            CacheMode.DEFAULT,
            _ -> {
              throw new IllegalStateException("broken");
            });

    assertThat(leader).isCompletedExceptionally();
    assertThat(get(ready()).result()).isEqualTo(Result.MISS);
  }

  @Test
  void doesNotStoreWhatWasPurgedDuringTheFetch() {
    var fetch = new CompletableFuture<Image>();
    var leader = get(ID, CacheMode.DEFAULT, _ -> fetch(fetch));

    cache.purge(ID);
    fetch.complete(ready());

    assertThat(leader).isCompleted();
    assertThat(cache.find(ID)).isNull();
  }

  @Test
  void saysWhereTheAnswerThatWasAskedForWasNotTaken() {
    get(ready());
    time.advance(Duration.ofMinutes(1));

    FoundImage found = get(CacheMode.NO_CACHE, done(new Image.Missing(ID)));

    assertThat(found.image()).isInstanceOf(Image.Ready.class);
    assertThat(found.result()).isEqualTo(Result.HIT);
    assertThat(found.age()).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void keepsTheFloorForNoCacheWhileFetchesFail() {
    get(new Image.Failed(ID, "no"));
    for (int tenth = 0; tenth < 50; tenth++) {
      time.advance(Duration.ofMillis(100));
      int before = fetches.get();
      get(CacheMode.NO_CACHE, failure());
      get(CacheMode.NO_CACHE, failure());
      assertThat(fetches.get() - before).isLessThanOrEqualTo(1);
    }

    assertThat(fetches.get() - 1).isLessThanOrEqualTo(5);
  }

  @Test
  void fetchesAgainForNoCacheButNotBelowTheFloor() {
    var failed = new Image.Failed(ID, "no");
    get(failed);

    FoundImage tooEarly = get(CacheMode.NO_CACHE, done(failed));
    time.advance(settings.noCacheFloor());
    FoundImage asked = get(CacheMode.NO_CACHE, done(failed));
    FoundImage again = get(CacheMode.NO_CACHE, done(failed));

    assertThat(tooEarly.result()).isEqualTo(Result.HIT);
    assertThat(asked.result()).isEqualTo(Result.REQUESTED);
    assertThat(again.result()).isEqualTo(Result.HIT);
    assertThat(fetches).hasValue(2);
  }

  static Stream<CompletableFuture<Image>> outcomesForReadyImage() {
    return Stream.of(done(ready()), done(new Image.Missing(ID)), failure());
  }

  @ParameterizedTest
  @MethodSource("outcomesForReadyImage")
  void fetchesAtReadyImageForNoCacheOnceInMinuteAtMost(CompletableFuture<Image> outcome) {
    get(ready());

    for (int second = 0; second <= 600; second++) {
      get(CacheMode.NO_CACHE, outcome);
      time.advance(Duration.ofSeconds(1));
    }

    assertThat(fetches.get() - 1).isBetween(9, 10);
  }

  @Test
  void fetchesAgainAfterFetchThatEndedInAnError() {
    var first =
        get(
            ID,
            CacheMode.DEFAULT,
            _ -> {
              throw new StackOverflowError();
            });
    var second =
        get(ID, CacheMode.DEFAULT, _ -> CompletableFuture.failedFuture(new NoClassDefFoundError()));

    assertThat(first).isCompletedExceptionally();
    assertThat(second).isCompletedExceptionally();
    assertThat(get(ready()).result()).isEqualTo(Result.MISS);
  }

  @Test
  void endsTheFetchThatAListenerCannotBear() {
    cache.addListener(
        new ImageCache.Listener() {
          @Override
          public void learned(FoundImage found) {
            throw new StackOverflowError();
          }
        });

    assertThat(get(ID, CacheMode.DEFAULT, _ -> done(ready()))).isCompletedExceptionally();
    assertThat(get(ready()).image()).isInstanceOf(Image.Ready.class);
  }

  @Test
  void servesKnownStateWhereTheFetchForNoCacheFailsAndBacksOff() {
    get(ready());
    time.advance(settings.noCacheFloorReady());

    FoundImage first = get(CacheMode.NO_CACHE, failure());
    FoundImage second = get(CacheMode.NO_CACHE, failure());

    assertThat(first.result()).isEqualTo(Result.STALE_IF_ERROR);
    assertThat(first.image()).isInstanceOf(Image.Ready.class);
    assertThat(second.image()).isInstanceOf(Image.Ready.class);
    assertThat(fetches).hasValue(2);
  }

  @Test
  void staysWithinItsBoundAndKeepsWhatIsInUseDuringScan() {
    List<ImageId> hot = IntStream.range(0, 1000).mapToObj(i -> new ImageId("" + i)).toList();
    for (int round = 0; round < 20; round++) {
      hot.forEach(id -> get(id, CacheMode.DEFAULT, _ -> done(readyOf(id))).join());
    }

    for (int i = 0; i < 1_000_000; i++) {
      var unknown = new ImageId("9" + i);
      get(unknown, CacheMode.DEFAULT, _ -> done(new Image.Missing(unknown))).join();
      get(hot.get(i % 1000), CacheMode.ONLY_IF_CACHED, _ -> failure()).join();
    }
    images.cleanUp();

    assertThat(images.policy().eviction().orElseThrow().weightedSize().orElseThrow())
        .isLessThanOrEqualTo(settings.maxSize().toBytes());
    assertThat(hot).allSatisfy(id -> assertThat(cache.find(id)).isNotNull());
  }

  @Test
  void takesNoMoreMemoryThanItsBound() {
    long before = usedMemory();

    for (int i = 0; i < 120_000; i++) {
      var id = new ImageId("8" + i);
      List<URI> urls =
          IntStream.range(0, 1 + i % 4)
              .mapToObj(n -> URI.create("https://cdn.example/" + "x".repeat(60) + id + n))
              .toList();
      get(id, CacheMode.DEFAULT, _ -> done(new Image.Ready(id, urls))).join();
    }
    images.cleanUp();
    long taken = usedMemory() - before;

    assertThat(images.estimatedSize()).isLessThan(100_000);
    assertThat(taken).isLessThan(settings.maxSize().toBytes());
  }

  private static long usedMemory() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void makesOneFetchHoweverManyThreadsAsk() throws Exception {
    for (int round = 0; round < 200; round++) {
      var id = new ImageId("7" + round);
      var calls = new AtomicInteger();
      var start = new CountDownLatch(1);
      var callers =
          Stream.generate(
                  () ->
                      CompletableFuture.runAsync(
                          () -> {
                            awaitQuietly(start);
                            get(
                                    id,
                                    CacheMode.DEFAULT,
                                    _ -> {
                                      calls.incrementAndGet();
                                      return done(readyOf(id));
                                    })
                                .join();
                          },
                          Thread::startVirtualThread))
              .limit(16)
              .toArray(CompletableFuture[]::new);
      start.countDown();
      CompletableFuture.allOf(callers).get();

      assertThat(calls).hasValue(1);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private FoundImage get(Image image) {
    return get(done(image));
  }

  private FoundImage get(CompletableFuture<Image> outcome) {
    return get(CacheMode.DEFAULT, outcome);
  }

  private FoundImage get(CacheMode mode, CompletableFuture<Image> outcome) {
    return get(ID, mode, _ -> fetch(outcome)).join();
  }

  private CompletableFuture<@Nullable FoundImage> get(
      ImageId id, CacheMode mode, Function<ImageId, CompletableFuture<Image>> source) {
    vendor = source;
    return cache.get(id, mode);
  }

  private CompletableFuture<Image> fetch(CompletableFuture<Image> outcome) {
    fetches.incrementAndGet();
    return outcome;
  }

  private static CompletableFuture<Image> done(Image image) {
    return CompletableFuture.completedFuture(image);
  }

  private static CompletableFuture<Image> failure() {
    return CompletableFuture.failedFuture(new IllegalStateException("down"));
  }

  private static Image ready() {
    return readyOf(ID);
  }

  private static Image readyOf(ImageId id) {
    return new Image.Ready(id, List.of(URI.create("https://cdn.example/" + id + ".png")));
  }
}
