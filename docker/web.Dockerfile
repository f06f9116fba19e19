# syntax=docker/dockerfile:1
# The control plane: web, control, flower and migrations; the command chooses.
FROM node:22-bookworm-slim AS studio
WORKDIR /studio
COPY web/studio/package.json web/studio/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web/studio ./
RUN npx vite build --outDir /static

FROM python:3.12-slim-bookworm
ENV CALLSHEET_STATE=/state \
    HOST=0.0.0.0 \
    PYTHONUNBUFFERED=1 \
    PATH=/opt/callsheet/.venvs/web/bin:$PATH
# libmagic and ffmpeg look at uploads; redis, clamd and the database are other containers.
# A pinned version of Debian's is gone with its next point release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libmagic1 ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 callsheet \
    && install --directory --owner=callsheet /state /artifacts /opt/callsheet
WORKDIR /opt/callsheet
USER 10001
COPY --chown=10001 config/bootstrap.py config/bootstrap.py
COPY --chown=10001 config/locks config/locks
# Traces are off until somebody names a receiver; their packages are there.
RUN python -I config/bootstrap.py web telemetry
COPY --chown=10001 config config
COPY --chown=10001 tasks tasks
COPY --chown=10001 web web
COPY --chown=10001 --from=studio /static web/static
VOLUME ["/state"]
EXPOSE 5000
STOPSIGNAL SIGTERM
CMD ["python", "-m", "web.wsgi"]
