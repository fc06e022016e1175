"""What every announced resource has: an id, a version and the time it was told."""
# name: escaped, because it reads what any announcement tells

import datetime
from typing import Protocol

from protobuf.wkt import Timestamp


class Told(Protocol):
    """A resource as an event carries it."""

    @property
    def id(self) -> str: ...
    @property
    def etag(self) -> str: ...
    @property
    def create_time(self) -> Timestamp | None: ...
    @property
    def update_time(self) -> Timestamp | None: ...


def told_time(resource: Told) -> datetime.datetime:
    """When the version came to be. Raises ValueError when it does not say."""
    told = resource.update_time or resource.create_time
    if told is None:
        raise ValueError(f"{resource.id} has no update time")
    return told.to_datetime()


def version_columns(resource: Told) -> dict[str, object]:
    """The columns of every version. Raises ValueError when one cannot be told."""
    return {
        "id": resource.id,
        "version": int(resource.etag),
        "update_time": told_time(resource),
    }
