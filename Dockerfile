# The gateway's image: a builder that installs the hash-locked packages and compiles what every callback goes through,
# and a runtime without any installer or compiler.
FROM python:3.11-slim AS builder
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements-uv.lock requirements.lock requirements-compile.lock ./
RUN python -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-uv.lock \
    && python -m venv --without-pip .venv \
    && /opt/uv/bin/uv pip sync --no-cache --python .venv/bin/python --compile-bytecode --require-hashes requirements.lock \
    && python -m venv --without-pip /opt/mypyc \
    && /opt/uv/bin/uv pip sync --no-cache --python /opt/mypyc/bin/python --require-hashes requirements-compile.lock
COPY pyproject.toml README.md ./
COPY app app
COPY sessions sessions
COPY integrations integrations
COPY menus menus
COPY scripts/compile.py scripts/compile.py
COPY scripts/quick.h scripts/quick.h
COPY scripts/train.py scripts/train.py
# Python takes the machine code first, and the sources beside it only for what is not compiled and for tracebacks.
RUN /opt/uv/bin/uv pip install --no-cache --python .venv/bin/python --compile-bytecode --no-deps --no-build-isolation . \
    && /opt/mypyc/bin/python scripts/compile.py --trained compiled \
    && cp -r compiled/. .venv/lib/python3.11/site-packages/

FROM python:3.11-slim
RUN groupadd --gid 10001 mohala \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin mohala \
    && install -d -o mohala -g mohala -m 0700 /app/var
WORKDIR /app
COPY --from=builder /app/.venv .venv
COPY menus menus
ENV PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MOHALA_HOME=/app/var \
    MOHALA_HOST=0.0.0.0
USER 10001:10001
# All that is written goes here, so the rest of the file system may be read-only.
VOLUME /app/var
EXPOSE 8000
# A worker serves no HTTP: run it with `--no-healthcheck`.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:' + os.environ.get('MOHALA_PORT', '8000') + '/health/ready', timeout=2)"]
ENTRYPOINT ["mohala"]
CMD ["serve"]
