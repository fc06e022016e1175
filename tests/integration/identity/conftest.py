"""identity on a clean database."""

import pytest

from services.identity.service import SERVICE
from tests.integration.identity.people import FIRST_KEY, Identity


@pytest.fixture
def identity(start_service):
    admin = {"admin_email": "Admin@wasl.example", "admin_api_key": FIRST_KEY}
    return Identity(start_service(SERVICE, **admin))
