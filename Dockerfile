# The image of Cloakroom; "Kubernetes" in the README has the commands that build and install it.
# The one place that names its bases, by tags that do not move; .ci/container-bases and the tests read them here.
ARG BUILD_IMAGE=eclipse-temurin:25.0.3_9-jdk-noble
ARG RUN_IMAGE=eclipse-temurin:25.0.3_9-jre-noble

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY . .
# Spring works out its wiring here, without a key, so that no start has to; with Redis's, S3's and that of traces, which starts leave out where they
# are not used.
RUN --mount=type=cache,target=/maven \
    MAVEN_USER_HOME=/maven CLOAKROOM_CLUSTER_ENABLED=true CLOAKROOM_CONTENT_S3_BUCKET=any \
    MANAGEMENT_OPENTELEMETRY_TRACING_EXPORT_OTLP_ENDPOINT=http://any ./mvnw -Dmaven.repo.local=/maven/repository --batch-mode --quiet -Dformat.phase=none -Dmaven.test.skip=true compile spring-boot:process-aot package \
    && java -Djarmode=tools -jar target/cloakroom.jar extract --layers --destination layers \
    && javac -d training src/main/docker/Training.java

FROM ${RUN_IMAGE}
WORKDIR /app
COPY --from=build /build/layers/dependencies/ /build/layers/snapshot-dependencies/ ./
COPY --from=build /build/layers/application/ ./
COPY --from=build /build/target/classes/META-INF/sbom/application.cdx.json ./
COPY src/main/docker/healthcheck ./
# A start to learn from, and the first requests of a pod. By C1, the quicker of the JVM's two compilers: later starts then do
# not spend half their time in the other. See docs/decisions.md.
RUN --mount=type=bind,from=build,source=/build/training,target=/training \
    java -cp /training Training java -XX:+UseParallelGC -XX:TieredStopAtLevel=1 -XX:AOTCacheOutput=cloakroom.aot \
      -Dspring.aot.enabled=true -jar cloakroom.jar \
    && test -s cloakroom.aot
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Cloakroom" \
      org.opencontainers.image.description="Serves the state of queued images with an API key that only the server holds" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      dev.cloakroom.sbom="/app/application.cdx.json"
# Else the C library keeps a pool of memory for each of a node's processors.
ENV MALLOC_ARENA_MAX=2
USER 65532:65532
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["/app/healthcheck"]
ENTRYPOINT ["java", "-XX:+UseParallelGC", "-XX:GCTimeRatio=12", "-XX:YoungGenerationSizeSupplement=0", "-XX:AOTCache=cloakroom.aot", "-XX:InitialRAMPercentage=4", "-XX:MaxRAMPercentage=50", "-XX:TrimNativeHeapInterval=10000", "-XX:+ExitOnOutOfMemoryError", "-Dspring.aot.enabled=true", "-jar", "cloakroom.jar"]
