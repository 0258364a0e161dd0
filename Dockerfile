# One image for every service and the gateway; the command says which.
ARG PYTHON_IMAGE=python:3.13-slim
FROM ${PYTHON_IMAGE}
RUN useradd --create-home --uid 10001 healthconnect \
 && install -d -o healthconnect /keys /app
USER healthconnect
WORKDIR /app
ENV PATH=/home/healthconnect/venv/bin:$PATH PYTHONUNBUFFERED=1
COPY requirements.txt .
RUN python3 -m venv /home/healthconnect/venv \
 && pip install --quiet --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY --chown=healthconnect shared shared
COPY --chown=healthconnect services services
COPY --chown=healthconnect gateway gateway
COPY --chown=healthconnect run run
RUN python -m compileall -q shared services gateway run
