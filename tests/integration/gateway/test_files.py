"""Files in both directions."""

import io
import json

import grpc
import pytest

from chassis import errors
from services.gateway.uploads import PIECE
from tests.integration.gateway.conftest import Api
from tests.integration.gateway.fakes import FakeServices

IMPORT = "/v1/contacts:import"
OPTIONS = {"columns": [{"column": "Name", "field": "displayName"}], "validateOnly": True}


def test_a_form_becomes_options_and_pieces(api: Api, fake: FakeServices) -> None:
    content = b"x" * (2 * PIECE + 5)
    # Put together by hand, for Werkzeug's client leaves a file open when the form is large.
    parts = (("options", json.dumps(OPTIONS).encode()), ('file"; filename="people.csv', content))
    form = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (name.encode(), value)
        for name, value in parts
    )
    answer = api(
        "POST",
        IMPORT,
        data=form + b"--edge--\r\n",
        content_type="multipart/form-data; boundary=edge",
    )
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["state"] == "QUEUED"
    assert fake.options.columns[0].field == "displayName"
    assert fake.options.validate_only is True
    assert fake.pieces == [PIECE, PIECE, 5]


def test_a_form_may_do_without_options(api: Api, fake: FakeServices) -> None:
    answer = api("POST", IMPORT, data={"file": (io.BytesIO(b"a\n"), "people.csv")})
    assert answer.status_code == 200
    assert fake.options is not None


def test_a_file_may_be_the_whole_body(api: Api, fake: FakeServices) -> None:
    answer = api(
        "POST",
        IMPORT,
        data=b"Name\nSara\n",
        content_type="text/csv",
        query_string={"options": json.dumps(OPTIONS)},
    )
    assert answer.status_code == 200
    assert fake.pieces == [10]
    assert fake.options.columns[0].column == "Name"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"options": "{}"}, "file"),
        ({"file": (io.BytesIO(b"a"), "a.csv"), "option": "{}"}, "option"),
        ({"file": (io.BytesIO(b"a"), "a.csv"), "options": '{"column": []}'}, "options.column"),
    ],
)
def test_a_wrong_part_is_named(form: dict[str, object], field: str, api: Api) -> None:
    answer = api("POST", IMPORT, data=form, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["violations"][0]["field"] == field


def test_a_form_that_is_none_is_refused(api: Api) -> None:
    answer = api("POST", IMPORT, data=b"x", content_type="multipart/form-data; boundary=a")
    assert answer.status_code == 400


def test_another_type_is_refused(api: Api) -> None:
    assert api("POST", IMPORT, json={}).status_code == 415


def test_a_file_above_64_mib_is_refused_before_it_is_read(api: Api, fake: FakeServices) -> None:
    answer = api(
        "POST",
        IMPORT,
        data=b"x",
        content_type="text/csv",
        environ_overrides={"CONTENT_LENGTH": str(64 * 1024 * 1024 + 1)},
    )
    assert answer.status_code == 413
    assert not fake.pieces


def test_an_export_is_a_file_with_a_name(api: Api) -> None:
    answer = api("GET", "/v1/contacts:export?format=csv&fields=displayName")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.text == "displayName\nperson 0\nperson 1\nperson 2\n"


def test_an_export_that_fails_at_once_is_a_problem(api: Api, fake: FakeServices) -> None:
    fake.fail = errors.InvalidArgument("INVALID_FILTER", "no such field")
    answer = api("GET", "/v1/contacts:export?filter=x")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


def test_an_export_that_breaks_later_does_not_look_whole(api: Api, fake: FakeServices) -> None:
    fake.break_download = True
    with pytest.raises(grpc.RpcError):
        _ = api("GET", "/v1/contacts:export").data


def test_a_client_that_goes_away_ends_the_export(api: Api, fake: FakeServices) -> None:
    answer = api("GET", "/v1/contacts:export", buffered=False)
    answer.close()
    assert fake.download_ended.wait(5)
