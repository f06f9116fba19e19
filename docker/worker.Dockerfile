# syntax=docker/dockerfile:1
# A worker of one model environment: docker build -f docker/worker.Dockerfile \
#   --build-arg ENVIRONMENT=xtts -t callsheet-worker:xtts .
# CUDA comes with torch's wheels; the host needs only the driver and NVIDIA's container toolkit.
# Pin the base by digest: --build-arg PYTHON_IMAGE=python@sha256:...
ARG PYTHON_IMAGE=python:3.12-slim-bookworm
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
RUN UV_COMPILE_BYTECODE=1 python -I config/setup/bootstrap.py "${ENVIRONMENT}" telemetry
COPY config config
COPY tasks tasks
COPY gpu_worker gpu_worker
RUN python -m compileall -q config tasks gpu_worker && chmod -R go-w /opt/callsheet
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Callsheet: worker" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
USER 10001:10001
VOLUME ["/state", "/models"]
# One process for each container and GPU; SIGTERM finishes the stage or hands it back.
STOPSIGNAL SIGTERM
CMD ["sh", "-c", "exec .venvs/${ENVIRONMENT}/bin/python -m gpu_worker ${ENVIRONMENT}"]
