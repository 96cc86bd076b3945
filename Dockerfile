# One image for web, worker and migration; compose.yaml says which command each runs.
FROM python:3.12-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /app
COPY requirements.lock pyproject.toml README.md LICENSE ./
# First what rarely changes, so that a change of ours doesn't install it again.
RUN /app/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY platform platform
COPY schema schema
COPY workers workers
RUN /app/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin renkei \
 && install --directory --owner renkei --group renkei --mode 0700 /data
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 RENKEI_DATA_DIR=/data
USER renkei
VOLUME /data
EXPOSE 8000
CMD ["renkei", "web", "--host", "0.0.0.0", "--port", "8000"]
