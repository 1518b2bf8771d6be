# An image that holds the program, the C libraries that it needs, and nothing else: no shell, no package manager. Runs as an
# unprivileged user.
#
#   docker build -t cachegauge . && docker run -p 9121:9121 -e REDIS_URL=redis://my-redis:6379 cachegauge
FROM swift:6.2-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends make pkg-config libhiredis-dev libmicrohttpd-dev zlib1g-dev \
  libsnappy-dev libnanopb-dev binutils ca-certificates
WORKDIR /src
COPY . .
ARG BUILD_REVISION=
# The packages are there: what `make release` does, without asking for root.
RUN BUILD_REVISION="$BUILD_REVISION" swift build -c release --static-swift-stdlib --product cachegauge \
  && strip -o /cachegauge "$(swift build -c release --show-bin-path)/cachegauge"
RUN mkdir -p /image/usr/bin /image/etc/ssl/certs /image/etc/cachegauge /image/var/lib/cachegauge /image/tmp \
  && cp /cachegauge /image/usr/bin/ \
  && ldd /cachegauge | grep -o '/[^ ]*' | while read -r library; do install -D "$library" "/image$library"; done \
  && for library in /lib/x86_64-linux-gnu /lib/aarch64-linux-gnu; do \
       for name in libnss_dns.so.2 libnss_files.so.2 libresolv.so.2; do \
         if [ -e "$library/$name" ]; then install -D "$library/$name" "/image$library/$name"; fi; done; done \
  && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
  && echo 'cachegauge:x:65532:65532::/var/lib/cachegauge:/nonexistent' >/image/etc/passwd \
  && echo 'cachegauge:x:65532:' >/image/etc/group \
  && echo 'hosts: files dns' >/image/etc/nsswitch.conf \
  && chown 65532:65532 /image/var/lib/cachegauge && chmod 1777 /image/tmp

FROM scratch
COPY --from=build /image/ /
USER 65532:65532
EXPOSE 9121
ENV CACHEGAUGE_LISTEN=:9121
# Prints the overview once, and fails where nothing answers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["/usr/bin/cachegauge", "top", "http://127.0.0.1:9121"]
ENTRYPOINT ["/usr/bin/cachegauge"]
CMD ["serve"]
