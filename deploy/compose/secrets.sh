#!/bin/sh
# Makes the keys and passwords of deploy/compose/compose.yaml, once: what is there stays as it is.
# .env can be read by its owner only. Keep a copy elsewhere: without it backups are of little use.
# RabbitMQ's users are in secrets/, which only its owner can enter; RabbitMQ itself must read them.
set -eu
umask 077
cd "$(dirname "$0")"

word() { openssl rand -hex "$1"; }

# One line, because a file of environment variables has lines.
line() { awk '{ printf "%s\\n", $0 }'; }

if [ ! -e .env ]; then
    signing=$(openssl ecparam -name prime256v1 -genkey -noout)
    {
        echo "# Made by secrets.sh. docs/operations/rotation.md says how to change what stands here."
        echo "POSTGRES_PASSWORD=$(word 24)"
        for service in IDENTITY CONTACTS SALES REPORTING; do
            echo "${service}_DATABASE_PASSWORD=$(word 24)"
            echo "${service}_BROKER_PASSWORD=$(word 24)"
        done
        echo "INTERNAL_KEY=$(word 32)"
        echo "SECRETS_KEY=$(word 32)"
        echo "AUDIT_KEY=$(word 32)"
        printf "TOKEN_SIGNING_KEY='%s'\\n" "$(echo "$signing" | line)"
        printf "TOKEN_PUBLIC_KEYS='%s'\\n" "$(echo "$signing" | openssl ec -pubout 2>/dev/null | line)"
        echo "ADMIN_EMAIL=${ADMIN_EMAIL:-admin@wasl.example}"
        echo "ADMIN_PASSWORD=$(word 12)"
        echo "ADMIN_API_KEY=wasl_$(word 8)_$(word 22)"
    } > .env.new
    mv .env.new .env
    echo "deploy/compose/.env is made; ADMIN_EMAIL and ADMIN_PASSWORD in it are the first sign-in."
fi

mkdir -p secrets
users='' permissions=''
for service in identity contacts sales reporting; do
    name=$(echo "$service" | tr '[:lower:]' '[:upper:]')
    # The first of several while it changes.
    password=$(sed -n "s/^${name}_BROKER_PASSWORD=\([^,]*\).*/\1/p" .env)
    own="^(wasl|$service)\\\\..*\$"
    write="^((wasl|$service)\\\\..*|amq\\\\.default)\$"
    users="$users${users:+,}{\"name\":\"wasl_$service\",\"password\":\"$password\",\"tags\":[]}"
    permissions="$permissions${permissions:+,}{\"user\":\"wasl_$service\",\"vhost\":\"/\",\"configure\":\"$own\",\"read\":\"$own\",\"write\":\"$write\"}"
done
printf '{"users":[%s],"permissions":[%s],"vhosts":[{"name":"/"}]}\n' "$users" "$permissions" \
    > secrets/definitions.json
chmod 644 secrets/definitions.json
