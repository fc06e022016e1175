"""What the environment tells the gateway."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.rotation import long_enough


class GatewaySettings(BaseSettings):
    """Each is an environment variable with the prefix `WASL_`."""

    model_config = SettingsConfigDict(env_prefix="WASL_", extra="ignore", frozen=True)

    # Where the gateway listens.
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    # Where the services are; `{service}` stands for the name.
    service_address: Annotated[str, Field(pattern=r"\{service\}")] = "dns:///{service}:50051"
    # The secret that Wasl's processes share: internal calls are signed with it. Several, separated
    # by commas, while it is changed: the first signs.
    internal_key: Annotated[str, AfterValidator(long_enough)]
    # One more address for /metrics, `host:port`. Empty: only the gateway's own port has it.
    metrics_listen: Annotated[str, Field(pattern=r"^(|.*:\d+)$")] = ""
    # The descriptor set, with comments, that `make proto` writes.
    descriptors: Annotated[str, Field(min_length=1)] = "gen/wasl.binpb"
    # Where people reach the gateway, such as `https://crm.example`. Empty: the host they ask for.
    public_url: Annotated[str, Field(pattern=r"^(https?://[^/\s]+/?)?$")] = ""
    # How many proxies of ours stand in front and write X-Forwarded-For and X-Forwarded-Proto.
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    # The folder of the built web app. Empty, or not there: `/` leads to /docs.
    web_root: str = "web/dist"
    gateway_workers: Annotated[int, Field(ge=1, le=64)] = 2
    gateway_threads: Annotated[int, Field(ge=1, le=256)] = 16
    # Requests per second of one credential in one worker; twice as many at once. 0: no limit.
    rate_limit: Annotated[int, Field(ge=0)] = 1000
    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    # The part of requests that is traced, from 0 to 1.
    trace_ratio: Annotated[float, Field(ge=0, le=1)] = 0.05
    # Where traces go (OTLP over HTTP). Empty: nowhere.
    otlp_endpoint: str = ""
