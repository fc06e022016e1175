#!/bin/sh
# What the official entrypoint does with the variables that the chart uses.
set -eu
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
	if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE"); fi
	: "${POSTGRES_PASSWORD:?Set POSTGRES_PASSWORD.}"
	user=${POSTGRES_USER:-postgres}
	file=$(mktemp)
	printf '%s' "$POSTGRES_PASSWORD" > "$file"
	# shellcheck disable=SC2086
	initdb --username="$user" --pwfile="$file" ${POSTGRES_INITDB_ARGS:-} -D "$PGDATA"
	rm "$file"
	echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
	if [ "${POSTGRES_DB:-postgres}" != postgres ]; then
		pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
		psql -U "$user" -d postgres -c "CREATE DATABASE \"$POSTGRES_DB\""
		pg_ctl -D "$PGDATA" -m fast -w stop
	fi
fi
if [ "$1" = postgres ]; then
	shift
	exec postgres -c listen_addresses='*' "$@"
fi
exec "$@"
