"""What the screens say, in the language of a test: the catalogues of the front end themselves."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tools.stack.layout import ROOT

CATALOGUES = ROOT / "web/src/i18n"
LANGUAGES = ("en", "fa", "ar")


@dataclass(frozen=True)
class Words:
    """The catalogues of one language."""

    language: str

    @property
    def is_rtl(self) -> bool:
        """Whether the language runs from right to left."""
        return self.language != "en"

    @cached_property
    def _catalogues(self) -> dict[str, Any]:
        folder: Path = CATALOGUES / self.language
        return {file.stem: json.loads(file.read_text()) for file in folder.glob("*.json")}

    def __call__(self, key: str, **values: str) -> str:
        """The text of a key such as `contacts:contacts.title`; `common` is left out."""
        namespace, _, path = key.rpartition(":")
        found: Any = self._catalogues[namespace or "common"]
        for step in path.split("."):
            found = found[step]
        text = str(found)
        for name, value in values.items():
            text = text.replace("{{" + name + "}}", value)
        return text
