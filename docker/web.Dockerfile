# syntax=docker/dockerfile:1
# The control plane: web, control, flower and migrations; the command chooses.
# Pin the bases by digest: --build-arg PYTHON_IMAGE=python@sha256:... (make images PYTHON_IMAGE=...).
ARG NODE_IMAGE=node:22-bookworm-slim
ARG PYTHON_IMAGE=python:3.12-slim-bookworm
FROM ${NODE_IMAGE} AS studio
WORKDIR /studio
COPY web/studio/package.json web/studio/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web/studio ./
RUN npx vite build --outDir /static

FROM ${PYTHON_IMAGE}
ENV CALLSHEET_STATE=/state \
    HOST=0.0.0.0 \
    PYTHONUNBUFFERED=1 \
    PATH=/opt/callsheet/.venvs/web/bin:$PATH
# libmagic and ffmpeg examine uploads; Redis, clamd and the database run in other containers.
# Versions are not pinned: Debian removes a package version with its next point release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libmagic1 ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --no-create-home --home-dir /tmp --uid 10001 callsheet \
    && install --directory --mode=0700 --owner=callsheet --group=callsheet /state /artifacts
# Packages and code are owned by root, so that a compromised process cannot change them.
WORKDIR /opt/callsheet
COPY config/supported_platform.py config/installation.py config/
COPY config/setup/bootstrap.py config/setup/uv_wheel.py config/setup/
COPY config/locks config/locks
# Tracing packages are installed; tracing is off until a receiver is set.
RUN UV_COMPILE_BYTECODE=1 python -I config/setup/bootstrap.py web telemetry
COPY config config
COPY tasks tasks
COPY web web
COPY docs docs
COPY gpu_worker gpu_worker
COPY --from=studio /static web/static
RUN python -m compileall -q config tasks web && chmod -R go-w /opt/callsheet
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Callsheet: control plane" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
USER 10001:10001
VOLUME ["/state"]
EXPOSE 5000
STOPSIGNAL SIGTERM
CMD ["python", "-m", "web.wsgi"]
