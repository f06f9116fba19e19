# syntax=docker/dockerfile:1
# The control plane: web, control, flower and migrations; the command chooses.
# Bases are pinned by digest; others come as arguments (make images PYTHON_IMAGE=... NODE_IMAGE=...).
# Secrets are the builder's own settings for its mirrors and its certificates; none has to be there.
ARG NODE_IMAGE=node:22-bookworm-slim@sha256:43ac6c60b8f89723f746e8a92ce91abd5017e627ce1ddfe4238355d3a30b772c
ARG PYTHON_IMAGE=python:3.12-slim-bookworm@sha256:7753c33391fc9f01d1984375bf375eb6686d52ba10db6043a86634a5ccf90dcf
FROM ${NODE_IMAGE} AS studio
WORKDIR /studio
COPY web/studio/package.json web/studio/package-lock.json ./
RUN --mount=type=secret,id=npm,target=/root/.npmrc --mount=type=secret,id=certificates \
    NODE_EXTRA_CA_CERTS=/run/secrets/certificates npm ci --no-audit --no-fund
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
# Tracing packages are installed; tracing is off until a receiver is set. Bytecode is never compared with its
# source, whose time is that of the checkout: a changed file in a container needs another image.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    UV_COMPILE_BYTECODE=1 PYC_INVALIDATION_MODE=UNCHECKED_HASH UV_NO_CACHE=1 PIP_NO_CACHE_DIR=1 \
    python -I config/setup/bootstrap.py web telemetry \
    && rm -rf .venvs/uv
COPY config config
COPY tasks tasks
COPY web web
COPY docs docs
COPY gpu_worker gpu_worker
COPY --from=studio /static web/static
# Modes are changed only where they have to be: each changed file is in the image once more.
ARG SOURCE_DATE_EPOCH=0
RUN python -m compileall -q --invalidation-mode unchecked-hash config tasks web gpu_worker docs \
    && python -I config/setup/components.py web telemetry > callsheet.cdx.json \
    && find /opt/callsheet ! -type l -perm /022 -exec chmod go-w {} +
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Callsheet: control plane" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"
USER 10001:10001
VOLUME ["/state"]
EXPOSE 5000
STOPSIGNAL SIGTERM
CMD ["python", "-m", "web.wsgi"]
