"""What goes wrong below a servicer, as errors that a caller may see."""

import re

import grpc
import psycopg
from protobuf import Message
from psycopg import errors as pg
from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError

from chassis.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    Unavailable,
    Violation,
    WaslError,
)
from chassis.resources.field_names import camel_case


def as_wasl_error(error: BaseException, request: Message | None) -> WaslError | None:
    """The error to tell the caller, or None when it is a mistake of ours."""
    match error:
        case WaslError():
            return error
        case StaleDataError():
            return etag_mismatch()
        case exc.TimeoutError():
            return Unavailable("OVERLOADED", "All database connections are busy.", retry_after=1)
        case exc.DBAPIError() if isinstance(error.orig, psycopg.Error):
            return _database_error(error.orig, request)
        case psycopg.Error():
            return _database_error(error, request)
        case grpc.RpcError():
            return _other_service(error)
    return None


def etag_mismatch() -> Aborted:
    """The error of a writer that has an old version."""
    return Aborted("ETAG_MISMATCH", "Somebody has changed the record since it was read.")


def _database_error(error: psycopg.Error, request: Message | None) -> WaslError | None:
    match error:
        case pg.UniqueViolation():
            return _unique(error)
        case pg.ForeignKeyViolation():
            return FailedPrecondition(
                "IN_USE", "Another record refers to it, or what it refers to is gone."
            )
        case pg.CheckViolation() | pg.NotNullViolation():
            return InvalidArgument(
                "INVALID_FIELD", f"A value breaks the rule {error.diag.constraint_name}."
            )
        case pg.LockNotAvailable() | pg.DeadlockDetected() | pg.SerializationFailure():
            return Aborted("CONFLICT", "Another change is under way; try again.", retry_after=1)
        case pg.QueryCanceled():
            return Unavailable(
                "TOO_SLOW", "The question took the database too long.", retry_after=5
            )
        case pg.DataError():
            return _bad_text(request)
        case psycopg.DataError():
            return _bad_text(request)
        case pg.DiskFull() | pg.TooManyConnections() | pg.ReadOnlySqlTransaction():
            return Unavailable("DATABASE_DOWN", "The database takes no writes now.", retry_after=5)
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return Unavailable(
                "DATABASE_DOWN", "The database cannot be reached now.", retry_after=2
            )
    return None


def _unique(error: psycopg.Error) -> WaslError:
    name = error.diag.constraint_name or ""
    table = error.diag.table_name or ""
    field = camel_case(re.sub(f"^uq_{table}_", "", name))
    return AlreadyExists(
        "ALREADY_EXISTS",
        f"Another record has this {field}.",
        violations=[Violation(field, "is taken by another record", "NOT_UNIQUE")],
    )


def _bad_text(request: Message | None) -> InvalidArgument:
    path = find_nul(request) if request is not None else None
    if path is None:
        return InvalidArgument("INVALID_VALUE", "A value is outside what can be stored.")
    return InvalidArgument(
        "INVALID_FIELD",
        f"{path}: contains a NUL character",
        violations=[Violation(path, "contains a NUL character", "INVALID_CHARACTER")],
    )


def find_nul(message: Message, prefix: str = "") -> str | None:
    """The path of the first text with a NUL character, which PostgreSQL cannot store."""
    for field in message:
        value = message[field]
        path = f"{prefix}{field.name}"
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            place = f"{path}[{index}]" if isinstance(value, list) else path
            if isinstance(item, str) and "\x00" in item:
                return place
            if isinstance(item, Message) and (found := find_nul(item, f"{place}.")):
                return found
    return None


def _other_service(error: grpc.RpcError) -> WaslError | None:
    code = error.code() if hasattr(error, "code") else None
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
        return Unavailable("DEPENDENCY_DOWN", "A service that is needed is down.", retry_after=2)
    return None
