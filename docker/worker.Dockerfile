# syntax=docker/dockerfile:1
# A worker of one model environment: docker build -f docker/worker.Dockerfile \
#   --build-arg ENVIRONMENT=xtts -t callsheet-worker:xtts .
# CUDA comes with torch's wheels; the host needs only the driver and NVIDIA's container toolkit.
# The base is pinned by digest; another comes as an argument (make images PYTHON_IMAGE=...).
# Secrets are the builder's own settings for its mirrors and its certificates; none has to be there.
ARG PYTHON_IMAGE=python:3.12-slim-bookworm@sha256:7753c33391fc9f01d1984375bf375eb6686d52ba10db6043a86634a5ccf90dcf
FROM ${PYTHON_IMAGE}
ARG ENVIRONMENT=lite
ENV ENVIRONMENT=${ENVIRONMENT} \
    CALLSHEET_STATE=/state \
    MODELS_DIR=/models \
    PYTHONUNBUFFERED=1
RUN useradd --no-create-home --home-dir /tmp --uid 10001 callsheet \
    && install --directory --mode=0700 --owner=callsheet --group=callsheet \
    /state /models /artifacts
# Packages and code are owned by root, so that a compromised process cannot change them.
WORKDIR /opt/callsheet
# The environment comes first, because it changes only with its lock.
COPY config/supported_platform.py config/installation.py config/
COPY config/setup/bootstrap.py config/setup/uv_wheel.py config/setup/
COPY config/locks config/locks
# Bytecode is never compared with its source, whose time is that of the checkout: a changed file in a
# container needs another image.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    UV_COMPILE_BYTECODE=1 PYC_INVALIDATION_MODE=UNCHECKED_HASH UV_NO_CACHE=1 PIP_NO_CACHE_DIR=1 \
    python -I config/setup/bootstrap.py "${ENVIRONMENT}" telemetry \
    && rm -rf .venvs/uv
COPY config config
COPY tasks tasks
COPY gpu_worker gpu_worker
# Modes are changed only where they have to be: each changed file is in the image once more.
ARG SOURCE_DATE_EPOCH=0
RUN python -m compileall -q --invalidation-mode unchecked-hash config tasks gpu_worker \
    && python -I config/setup/components.py "${ENVIRONMENT}" telemetry > callsheet.cdx.json \
    && find /opt/callsheet ! -type l -perm /022 -exec chmod go-w {} +
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Callsheet: worker" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"
USER 10001:10001
VOLUME ["/state", "/models"]
# One process for each container and GPU; SIGTERM finishes the stage or hands it back.
STOPSIGNAL SIGTERM
CMD ["sh", "-c", "exec .venvs/${ENVIRONMENT}/bin/python -m gpu_worker ${ENVIRONMENT}"]
