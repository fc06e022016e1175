# Mode dev: a role and a database for each service, which nobody else can connect to. Runs again at
# every upgrade, for services that are new and passwords that have changed.
set -eu
seconds=0
until pg_isready --quiet --timeout=2; do
    seconds=$((seconds + 1))
    if [ "$seconds" -ge 120 ]; then
        echo "PostgreSQL at $PGHOST does not answer; look at its pod." >&2
        exit 1
    fi
    sleep 1
done
for service in $SERVICES; do
    NAME="wasl_$service"
    PASSWORD=$(printenv "PASSWORD_$service")
    export NAME PASSWORD
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 <<'SQL'
\getenv name NAME
\getenv password PASSWORD
SELECT format('CREATE ROLE %I', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" WITH LOGIN PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
SQL
    echo "$NAME is there."
done
