#!/bin/sh
# Starts nginx; where the gateway is, WASL_GATEWAY says. Everything written goes to /tmp.
set -eu
: "${WASL_GATEWAY:?Set WASL_GATEWAY to the gateway's host:port, such as gateway:8080.}"
case $WASL_GATEWAY in
*[!A-Za-z0-9.:_-]*) echo "WASL_GATEWAY=$WASL_GATEWAY is no host:port." >&2; exit 2 ;;
esac
mkdir -p /tmp/nginx
sed "s|@GATEWAY@|$WASL_GATEWAY|" /etc/nginx/wasl.conf > /tmp/nginx/nginx.conf
exec nginx -c /tmp/nginx/nginx.conf -e stderr
