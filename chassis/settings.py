"""What a process is told by its environment. A wrong value stops it with one sentence."""

import sys
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.keys import public_keys
from chassis.rotation import long_enough


def _is_database_url(text: str) -> str:
    # Here, because the gateway has settings too and no database.
    from sqlalchemy.engine import make_url

    try:
        make_url(text)
    except ValueError as error:
        raise ValueError("it is no URL of a database") from error
    return text


def _is_url(text: str) -> str:
    try:
        # Reading the port checks it.
        _ = urlsplit(text).port
    except ValueError as error:
        raise ValueError("it is no URL") from error
    return text


def _or_this_machine(text: str) -> str:
    # The gateway takes an empty one, and both may be told by the same line.
    return text or "http://127.0.0.1:8080"


def is_address(text: str) -> str:
    """The `host:port` or `unix:path` itself. Raises ValueError for a port there cannot be."""
    if not text.startswith("unix:") and int(text.rpartition(":")[2] or 0) > 65535:
        raise ValueError("a port is at most 65535")
    return text


def _are_public_keys(text: str) -> str:
    public_keys(text)
    return text


class Settings(BaseSettings):
    """The settings of every service; each is an environment variable with the prefix `WASL_`."""

    model_config = SettingsConfigDict(env_prefix="WASL_", extra="ignore", frozen=True)

    # The service's own PostgreSQL database, as a URL.
    database_url: Annotated[
        str, Field(pattern=r"^postgres(ql)?://"), AfterValidator(_is_database_url)
    ]
    # Whether statements are prepared. Off behind a PgBouncer in transaction mode that does not keep
    # prepared statements (before 1.21, or with max_prepared_statements = 0).
    database_prepares: bool = True
    # RabbitMQ, as a URL.
    broker_url: Annotated[str, Field(pattern=r"^amqps?://"), AfterValidator(_is_url)]
    # Where the gRPC server listens: `host:port` or `unix:path`.
    listen: Annotated[str, Field(pattern=r"^(unix:.+|.+:\d+)$"), AfterValidator(is_address)] = (
        "0.0.0.0:50051"
    )
    # Where the other services are; `{service}` stands for the name.
    service_address: Annotated[str, Field(pattern=r"\{service\}")] = "dns:///{service}:50051"
    # Where Prometheus finds /metrics: `host:port`.
    metrics_listen: Annotated[str, Field(pattern=r"^.*:\d+$"), AfterValidator(is_address)] = (
        "0.0.0.0:9464"
    )
    # The secret that Wasl's processes share: internal calls and page tokens are signed with it.
    # Several, separated by commas, while it is changed: the first signs, all of them verify.
    internal_key: Annotated[str, AfterValidator(long_enough)]
    # The public keys of identity's tokens: a JSON Web Key Set, or PEM certificates and public keys.
    # Several while they are changed; all of them verify.
    token_public_keys: Annotated[str, AfterValidator(_are_public_keys)]
    # Threads that answer RPCs, and as many database connections.
    threads: Annotated[int, Field(ge=1, le=256)] = 16
    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    # The part of requests that is traced, from 0 to 1.
    trace_ratio: Annotated[float, Field(ge=0, le=1)] = 0.05
    # Where traces go (OTLP over HTTP). Empty: nowhere.
    otlp_endpoint: str = ""
    # Where people open Wasl in a browser: links in mails begin with it.
    public_url: Annotated[
        str,
        Field(pattern=r"^(https?://[^/]+/?)?$"),
        AfterValidator(_is_url),
        AfterValidator(_or_this_machine),
    ] = "http://127.0.0.1:8080"
    # Where mail goes out: `smtp://user:password@host:587?starttls=1` or `smtps://...`. Empty: mail
    # waits in the queue until it is set or the mail is of no use any more.
    smtp_url: Annotated[str, Field(pattern=r"^(smtps?://.+)?$"), AfterValidator(_is_url)] = ""
    # Whom mail is from, such as `Wasl <wasl@example.com>`.
    mail_from: str = "Wasl <no-reply@wasl.example>"
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
            reason = first["msg"].removeprefix("Value error, ")
            sentence = f"The environment variable {name} is wrong: {reason}."
        sys.stderr.write(sentence + "\n")
        sys.exit(2)
