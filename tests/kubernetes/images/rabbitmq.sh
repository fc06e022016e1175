#!/bin/sh
# What the official entrypoint does with the variables that the chart uses.
set -eu
if [ -n "${RABBITMQ_ERLANG_COOKIE:-}" ]; then
	(umask 077 && printf '%s' "$RABBITMQ_ERLANG_COOKIE" > "$HOME/.erlang.cookie")
fi
exec "$@"
