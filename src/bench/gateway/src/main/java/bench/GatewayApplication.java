package bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.util.unit.DataSize;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Serves the vendor's answers by nothing but Spring Cloud Gateway and its response cache. */
@SpringBootApplication
public class GatewayApplication {

  private static final byte[] BODY = "{\"key\":\"bench\"}".getBytes(StandardCharsets.UTF_8);

  public static void main(String[] arguments) {
    SpringApplication.run(GatewayApplication.class, arguments);
  }

  @Bean
  RouteLocator images(RouteLocatorBuilder routes, @Value("${bench.vendor}") String vendor) {
    return routes
        .routes()
        .route(
            route ->
                route
                    .path("/images/{id}")
                    .filters(
                        filters ->
                            filters
                                .localResponseCache(Duration.ofHours(6), DataSize.ofMegabytes(256))
                                .setPath("/api/v6/image_editing/fetch/{id}")
                                .filter(GatewayApplication::postKey))
                    .uri(vendor))
        .build();
  }

  /** Comes after the cache, which keeps answers to GET alone. */
  private static Mono<Void> postKey(ServerWebExchange exchange, GatewayFilterChain chain) {
    HttpHeaders headers = new HttpHeaders(exchange.getRequest().getHeaders());
    headers.setContentType(MediaType.APPLICATION_JSON);
    headers.setContentLength(BODY.length);
    ServerHttpRequest request =
        new ServerHttpRequestDecorator(exchange.getRequest()) {
          @Override
          public HttpMethod getMethod() {
            return HttpMethod.POST;
          }

          @Override
          public HttpHeaders getHeaders() {
            return headers;
          }

          @Override
          public Flux<DataBuffer> getBody() {
            return Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(BODY));
          }
        };
    return chain.filter(exchange.mutate().request(request).build());
  }
}
