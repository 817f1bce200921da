vcl 4.1;
# VCL can turn a GET into a POST, but cannot give it a body: the key travels in a header, which the stub takes as well.

backend vendor {
  .host = "127.0.0.1";
  .port = "@VENDOR@";
}

sub vcl_recv {
  set req.url = regsub(req.url, "^/images/", "/api/v6/image_editing/fetch/");
  return (hash);
}

sub vcl_backend_fetch {
  set bereq.method = "POST";
  set bereq.http.X-Key = "bench";
}

sub vcl_backend_response {
  if (beresp.status == 200) {
    set beresp.ttl = 6h;
    set beresp.grace = 18h;
  } else if (bereq.is_bgfetch) {
    return (abandon);
  } else {
    # Remembered for a moment, so that one refusal is told to all who wait for it.
    set beresp.ttl = 1s;
    set beresp.grace = 0s;
  }
}
