"""Reads the documents: files of the program, and files of the operator that add or replace versions."""

from __future__ import annotations

from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from parley.policy import rules
from parley.policy.errors import DocumentNotFound
from parley.policy.model import Document, Kind


class Library:
    """All versions of all documents, newest first."""

    def __init__(self, versions: dict[Kind, tuple[Document, ...]]) -> None:
        self._versions = versions

    @classmethod
    def load(cls, operator_folder: Path | None = None) -> Library:
        """Read the program's documents and those of `operator_folder/<kind>/*.md`, if there is one.

        An operator's document replaces all of the program's versions of that kind: an operator who writes
        their own terms does not also stand by ours.

        Raises:
            DocumentBroken: a file has no proper head.
        """
        ours = resources.files("parley.policy") / "documents"
        versions = {}
        for kind in Kind:
            found = _read(kind, operator_folder / kind) if operator_folder else []
            versions[kind] = rules.in_order(found or _read(kind, ours / kind))
        return cls(versions)

    def versions(self, kind: Kind) -> tuple[Document, ...]:
        """Give all versions of a document, newest first."""
        return self._versions[kind]

    def at(self, kind: Kind, day: date) -> Document:
        """Give the version that held on a day.

        Raises:
            DocumentNotFound: none held yet.
        """
        return rules.holding_at(self._versions[kind], day)

    def version(self, kind: Kind, version: str) -> Document:
        """Give a version by its name.

        Raises:
            DocumentNotFound: there is no such version.
        """
        for document in self._versions[kind]:
            if document.version == version:
                return document
        raise DocumentNotFound("there is no such version of this document")

    def by_id(self, document_id: str) -> Document:
        """Give a version by the id that clients use, such as `terms-1.0`.

        Raises:
            DocumentNotFound: there is no such version.
        """
        kind, _, version = document_id.partition("-")
        if kind not in set(Kind):
            raise DocumentNotFound("there is no such document")
        return self.version(Kind(kind), version)


def _read(kind: Kind, folder: Traversable | Path) -> list[Document]:
    if not folder.is_dir():
        return []
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".md")), key=lambda e: e.name)
    return [rules.read_document(kind, entry.read_text("utf-8"), entry.name) for entry in files]
