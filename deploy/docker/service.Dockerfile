# The image of one Python service:
#   docker build -f deploy/docker/service.Dockerfile --build-arg SERVICE=contacts -t wasl-contacts .
# `make images` builds them all. What is the same in every service comes first, so that the
# services share those layers; only the last one is their own.
FROM debian:12-slim AS python
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /usr/share/doc/* /usr/share/man/*

FROM python AS pip
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-pip python3-venv binutils

# Wheels only: nothing is compiled, so nothing here needs a compiler. Some come with their symbols
# for debuggers and with their tests.
FROM pip AS libraries
COPY requirements/run.txt /tmp/
RUN python3 -m venv --without-pip /opt/wasl \
 && pip --python /opt/wasl/bin/python install --no-cache-dir --no-compile --only-binary :all: \
        --require-hashes -r /tmp/run.txt \
 && find /opt/wasl -name '*.so*' -type f -exec strip --strip-unneeded {} + \
 && find /opt/wasl -type d \( -name tests -o -name testing \) -prune -exec rm -r {} +

FROM pip AS generated
COPY requirements/build.txt /tmp/
RUN python3 -m venv --without-pip /opt/build \
 && pip --python /opt/build/bin/python install --no-cache-dir --only-binary :all: \
        --require-hashes -r /tmp/build.txt
WORKDIR /app
COPY tools/__init__.py tools/proto.py tools/
COPY proto proto
RUN PATH="/opt/build/bin:$PATH" python -m tools.proto

FROM python AS runtime
# A number, so that Kubernetes can see that it is not root.
RUN groupadd --gid 10001 wasl && useradd --uid 10001 --gid 10001 --no-create-home wasl
COPY --from=libraries /opt/wasl /opt/wasl
WORKDIR /app
COPY --from=generated /app/gen gen
COPY chassis chassis
COPY services/__init__.py services/
ENV PATH=/opt/wasl/bin:$PATH \
    PYTHONPATH=/app:/app/gen \
    PYTHONUNBUFFERED=1 \
    GRPC_ENABLE_FORK_SUPPORT=0

# The root is read-only where it runs, so the bytecode is made now: of what a service imports, which
# is half of what is installed.
COPY tools/stack /tmp/tools/stack
RUN PYTHONPATH=$PYTHONPATH:/tmp python -c \
        'import sys; from tools.stack.preload import preload; sys.exit("\n".join(preload()) or None)' \
 && python -m compileall -q gen chassis \
 && rm -r /tmp/tools
ENV PYTHONDONTWRITEBYTECODE=1

# The software bill of materials: what the image is made of, in CycloneDX.
FROM runtime AS bill
COPY tools/bill_of_materials.py /tmp/
ARG VERSION=0
ARG SERVICE
RUN python /tmp/bill_of_materials.py "wasl-$SERVICE" "$VERSION" > /tmp/bill.cdx.json

FROM runtime
ARG SERVICE
ARG VERSION=0
COPY services/${SERVICE} services/${SERVICE}
COPY --from=bill /tmp/bill.cdx.json /usr/share/wasl/bill.cdx.json
RUN python -m compileall -q services \
 && printf '#!/bin/sh\nexec python -m services.%s "$@"\n' "$SERVICE" > /usr/local/bin/wasl \
 && chmod 755 /usr/local/bin/wasl
LABEL org.opencontainers.image.title="wasl-${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
USER 10001:10001
ENTRYPOINT ["wasl"]
CMD ["serve"]
