# Stands in for the official image `rabbitmq` where no registry can be reached: Debian's packages,
# and the files and variables that the official image honours.
FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends rabbitmq-server \
 && rm -rf /var/lib/apt/lists/* /var/lib/rabbitmq /var/log/rabbitmq \
 && usermod --uid 999 rabbitmq && groupmod --gid 999 rabbitmq \
 && install -d -o 999 -g 999 -m 777 /var/lib/rabbitmq /var/log/rabbitmq /etc/rabbitmq/conf.d
COPY --chmod=755 rabbitmq.sh /usr/local/bin/docker-entrypoint.sh
# The scripts themselves: Debian's wrappers insist on root.
ENV PATH=/usr/lib/rabbitmq/bin:$PATH \
    HOME=/var/lib/rabbitmq \
    LANG=C.UTF-8 \
    RABBITMQ_LOGS=- \
    RABBITMQ_CONFIG_FILES=/etc/rabbitmq/conf.d
USER 999:999
EXPOSE 5672
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["rabbitmq-server"]
