"""Export: all that match, as a CSV or XLSX file, streamed."""

from collections.abc import Iterator
from typing import Any

from google.api.httpbody_pb import HttpBody
from sqlalchemy import select

from chassis.errors import invalid_field
from chassis.grpc.call import Call, Rpc
from chassis.grpc.field_groups import hidden_fields
from chassis.resources.field_names import find_field
from chassis.resources.listing import read_query
from chassis.resources.mapping import Field
from chassis.resources.resource import Resource
from chassis.resources.searching import search_ids
from chassis.tabular.write import write_csv
from chassis.tabular.write_xlsx import write_xlsx
from wasl.platform.v1.imports_pb import TableFormat

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export_rpc(resource: Resource) -> Rpc:
    """The function of a resource's Export method."""

    def export(request: Any, call: Call) -> Iterator[HttpBody]:
        fields = _fields(resource, call, request.fields)
        columns = [getattr(resource.table, column) for field in fields for column in field.columns]
        query = read_query(resource, call, request)
        conditions = query.conditions()
        statement = select(*columns).where(*conditions)
        if request.q:
            ids = search_ids(resource, call, request.q, conditions=conditions)
            statement = statement.where(resource.table.id.in_(ids))
        rows = call.session.execute(
            statement.order_by(*(key.order() for key in query.keys)),
            execution_options={"yield_per": 1000},
        )
        header = [name for field in fields for name in _names(field)]
        table = ([_cell(value) for value in row] for row in rows)
        yield from table_parts(
            table, header=header, sheet=resource.collection, format_=request.format
        )

    return export


def table_parts(
    rows: Any, *, header: list[str], sheet: str, format_: int, manifest: Any = None
) -> Iterator[HttpBody]:
    """A table as the parts of a CSV or XLSX file."""
    if format_ == TableFormat.XLSX:
        for part in write_xlsx(rows, header=header, sheet=sheet, manifest=manifest):
            yield HttpBody(content_type=XLSX_TYPE, data=part)
        return
    for part in write_csv(rows, header=header, manifest=manifest):
        yield HttpBody(content_type=CSV_TYPE, data=part)


def _fields(resource: Resource, call: Call, names: list[str]) -> list[Field]:
    left_out = hidden_fields(resource.desc, call.caller.hidden) | {"delete_time"}
    known = {field.name: field for field in resource.mapping.fields if field.name not in left_out}
    if not names:
        return list(known.values())
    fields: list[Field] = []
    for name in names:
        found = find_field(name, known)
        if found is None:
            raise invalid_field("fields", f"there is no field {name!r}", reason="UNKNOWN_FIELD")
        fields.append(known[found])
    return fields


def _names(field: Field) -> list[str]:
    if len(field.columns) == 1:
        return [field.json_name]
    return [f"{field.json_name}.amount", f"{field.json_name}.currency"]


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(_flat(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}={_flat(item)}" for key, item in value.items())
    return value


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        # The first value of a part is what matters: the address, the number, the product.
        return str(next(iter(value.values()), ""))
    return str(value)
