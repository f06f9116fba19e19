# syntax=docker/dockerfile:1
# rsyslog with docker/logs/containers.conf: the shipper of docker/compose.logs.yaml.
ARG DEBIAN_IMAGE=debian:bookworm-slim@sha256:3783cc01769c7b2b1b83a5c5ad96c815348e28ed7da68e2e3687004faa906251
FROM ${DEBIAN_IMAGE}
# Versions are not pinned: Debian removes a package version with its next point release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends rsyslog \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --no-create-home --home-dir /tmp --uid 10001 callsheet \
    && install --directory --mode=0700 --owner=callsheet --group=callsheet /logs
ARG SOURCE_DATE_EPOCH=0
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Callsheet: shipper of logs" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"
COPY docker/logs/containers.conf /etc/callsheet-logs.conf
ENV LISTEN_ADDRESS=0.0.0.0 \
    LISTEN_PORT=5514 \
    EVENTS=/logs/events.jsonl \
    SHIPPER_STATE=/logs
USER 10001:10001
VOLUME ["/logs"]
EXPOSE 5514/udp
STOPSIGNAL SIGTERM
CMD ["rsyslogd", "-n", "-f", "/etc/callsheet-logs.conf", "-i", "NONE"]
