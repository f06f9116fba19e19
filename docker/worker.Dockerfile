# syntax=docker/dockerfile:1
# A worker of one model environment: docker build -f docker/worker.Dockerfile \
#   --build-arg ENVIRONMENT=xtts -t callsheet-worker:xtts .
# CUDA comes with torch's wheels; the host needs only the driver and NVIDIA's container toolkit.
FROM python:3.12-slim-bookworm
ARG ENVIRONMENT=lite
ENV ENVIRONMENT=${ENVIRONMENT} \
    CALLSHEET_STATE=/state \
    MODELS_DIR=/models \
    PYTHONUNBUFFERED=1
RUN useradd --create-home --uid 10001 callsheet \
    && install --directory --owner=callsheet /state /models /artifacts /opt/callsheet
WORKDIR /opt/callsheet
USER 10001
# The environment first: it changes with its lock only.
COPY --chown=10001 config/bootstrap.py config/bootstrap.py
COPY --chown=10001 config/locks config/locks
RUN python -I config/bootstrap.py "${ENVIRONMENT}" telemetry
COPY --chown=10001 config config
COPY --chown=10001 tasks tasks
COPY --chown=10001 gpu_worker gpu_worker
VOLUME ["/state", "/models"]
# One process a container and a card; SIGTERM finishes the stage or hands it back.
STOPSIGNAL SIGTERM
CMD ["sh", "-c", "exec .venvs/${ENVIRONMENT}/bin/python -m gpu_worker ${ENVIRONMENT}"]
