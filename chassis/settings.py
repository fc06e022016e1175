"""What a process is told by its environment. A wrong value stops it with one sentence."""

import sys
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of every service; each is an environment variable with the prefix `WASL_`."""

    model_config = SettingsConfigDict(env_prefix="WASL_", extra="ignore", frozen=True)

    # The service's own PostgreSQL database, as a URL.
    database_url: Annotated[str, Field(pattern=r"^postgres(ql)?://")]
    # Whether statements are prepared. Off behind a PgBouncer in transaction mode that does not keep
    # prepared statements (before 1.21, or with max_prepared_statements = 0).
    database_prepares: bool = True
    # RabbitMQ, as a URL.
    broker_url: Annotated[str, Field(pattern=r"^amqps?://")]
    # Where the gRPC server listens: `host:port` or `unix:path`.
    listen: Annotated[str, Field(pattern=r"^(unix:.+|.+:\d+)$")] = "0.0.0.0:50051"
    # Where the other services are; `{service}` stands for the name.
    service_address: Annotated[str, Field(pattern=r"\{service\}")] = "dns:///{service}:50051"
    # Where Prometheus finds /metrics: `host:port`.
    metrics_listen: Annotated[str, Field(pattern=r"^.*:\d+$")] = "0.0.0.0:9464"
    # The secret that Wasl's processes share: internal calls and page tokens are signed with it.
    internal_key: Annotated[str, Field(min_length=32)]
    # The public keys of identity's tokens, as a JSON Web Key Set.
    token_public_keys: Annotated[str, Field(pattern=r'^\s*\{.*"keys"')]
    # Threads that answer RPCs, and as many database connections.
    threads: Annotated[int, Field(ge=1, le=256)] = 16
    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    # The part of requests that is traced, from 0 to 1.
    trace_ratio: Annotated[float, Field(ge=0, le=1)] = 0.05
    # Where traces go (OTLP over HTTP). Empty: nowhere.
    otlp_endpoint: str = ""
    # Days that a deleted record can be undeleted.
    purge_after_days: Annotated[int, Field(ge=1, le=3650)] = 30


AnySettings = TypeVar("AnySettings", bound=BaseSettings)


def load(kind: type[AnySettings]) -> AnySettings:
    """Reads settings from the environment, or ends the process with exit code 2 and a sentence."""
    try:
        return kind()
    except ValidationError as error:
        first = error.errors()[0]
        prefix = kind.model_config.get("env_prefix", "")
        name = prefix + "_".join(str(part).upper() for part in first["loc"])
        if first["type"] == "missing":
            sentence = f"Set the environment variable {name}: it is needed and absent."
        else:
            sentence = f"The environment variable {name} is wrong: {first['msg']}."
        sys.stderr.write(sentence + "\n")
        sys.exit(2)
