"""The results folder: one part per run while running, one file per table in the end.

Responsible for writing records to disk so that nothing finished is ever lost: every file is
written to a temporary name beside its place and renamed, a part's `DONE` comes last, and
memory does not grow with the number of runs. Not responsible for which runs there are
(`plan`), for running them (`execute`) or for reading results (`analysis.results`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Records = Mapping[str, Mapping[str, Any]]

FLUSH_ROWS = 200_000
PARTS, DONE = "parts", "DONE"
COMPRESSION = "zstd"
# Columns from which a part is stored without dictionaries and by a codec that is quick to begin:
# what both cost for each column, however short, is most of the time that merging takes.
WIDE = 50


class StoreError(Exception):
    """Something on the disk prevented writing; the message is meant for the user."""


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn any error of the file system into a `StoreError` that names the place."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"cannot write {path}: {reason}") from error


def write_file(path: Path, fill: Callable[[Path], None]) -> None:
    """Let `fill` write a temporary file beside `path`, then put it in place at once."""
    draft = path.with_name(f".{path.name}.tmp")
    with storing(path):
        try:
            fill(draft)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def write_text(path: Path, text: str) -> None:
    """Write a small text file whole or not at all."""
    write_file(path, lambda draft: _write_text(draft, text))


def _write_text(draft: Path, text: str) -> None:
    draft.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file whole or not at all."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def arrow_table(columns: Mapping[str, Any], units: Mapping[str, tuple[str, ...]]) -> pa.Table:
    """Turn one month's rows of a table into Arrow, with unit and label in each field.

    units : column -> (unit, label, and the columns that a mean over months is weighted by) -
        `fen` and `..._fen` are in fen without being named
    """
    fields, arrays = [], []
    for name, values in columns.items():
        array = np.asarray(values)
        as_text = array.dtype.kind in "UO"
        arrow = pa.array(array, pa.string()) if as_text else pa.array(array)
        default = "fen" if name == "fen" or name.endswith("_fen") else ""
        unit, label, *over = units.get(name, (default, name.replace("_", " ")))
        facts = {"unit": unit, "label": label} | ({"over": " ".join(over)} if over else {})
        fields.append(pa.field(name, arrow.type, metadata=facts))
        arrays.append(arrow)
    return pa.table(arrays, schema=pa.schema(fields))


@dataclass(frozen=True)
class Part:
    """The folder of one run while an experiment runs."""

    folder: Path

    @property
    def run_id(self) -> str:
        """The run this part belongs to."""
        return self.folder.name

    def facts(self, outputs: str) -> dict[str, Any] | None:
        """Return what `DONE` says if the part is whole and holds these outputs, else None."""
        try:
            facts = json.loads((self.folder / DONE).read_text(encoding="utf-8"))
            whole = facts["run_id"] == self.run_id and facts["outputs"] == outputs
            for table, size in facts["tables"].items():
                whole = whole and self.table(table).stat().st_size == size["bytes"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return dict(facts) if whole else None

    def table(self, name: str) -> Path:
        """Return the file of one table."""
        return self.folder / f"{name}.parquet"


class PartWriter:
    """Streams one run's records into its part; `finish` writes `DONE`."""

    def __init__(self, part: Part, units: Mapping[str, Mapping[str, tuple[str, ...]]]) -> None:
        self.part, self.units = part, units
        self._waiting: dict[str, list[pa.Table]] = {}
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._schemas: dict[str, pa.Schema] = {}
        self.rows: dict[str, int] = {}
        with storing(part.folder):
            shutil.rmtree(part.folder, ignore_errors=True)
            part.folder.mkdir(parents=True)

    def add(self, records: Records) -> None:
        """Take the rows of one month, of any tables."""
        for name, columns in records.items():
            table = arrow_table(columns, self.units.get(name, {}))
            schema = self._schemas.setdefault(name, table.schema)
            if table.schema != schema:
                table = table.select(schema.names).cast(schema)
            self._waiting.setdefault(name, []).append(table)
            self.rows[name] = self.rows.get(name, 0) + table.num_rows
            if sum(t.num_rows for t in self._waiting[name]) >= FLUSH_ROWS:
                self._flush(name)

    def _draft(self, name: str) -> Path:
        return self.part.folder / f".{name}.parquet.tmp"

    def _flush(self, name: str) -> None:
        with storing(self.part.table(name)):
            if name not in self._writers:
                self._writers[name] = _part_writer(self._draft(name), self._schemas[name])
            self._writers[name].write_table(pa.concat_tables(self._waiting.pop(name)))

    def finish(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Put every table in place, then write `DONE`; return what it says."""
        tables: dict[str, dict[str, int]] = {}
        for name in sorted(self._schemas):
            if name in self._waiting:
                self._flush(name)
            with storing(self.part.table(name)):
                self._writers.pop(name).close()
                self._draft(name).replace(self.part.table(name))
                size = self.part.table(name).stat().st_size
            tables[name] = {"rows": self.rows[name], "bytes": size}
        done = {"run_id": self.part.run_id, **facts, "tables": tables}
        write_json(self.part.folder / DONE, done)
        return done

    def abandon(self) -> None:
        """Drop what is half-written; the part stays without `DONE`."""
        for writer in self._writers.values():
            try:
                writer.close()
            except OSError:
                continue  # the disk that refused the rows may refuse the footer as well
        shutil.rmtree(self.part.folder, ignore_errors=True)


def _part_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    is_wide = len(schema) >= WIDE
    codec = "lz4" if is_wide else COMPRESSION
    return pq.ParquetWriter(path, schema, compression=codec, use_dictionary=not is_wide)


@dataclass(frozen=True)
class Labelled:
    """A part and the columns that name its run in the merged tables."""

    part: Part
    labels: Mapping[str, Any]


def merge(folder: Path, name: str, rows_of: Sequence[Labelled]) -> int:
    """Write one table of all runs in the order given; return its number of rows."""
    having = [r for r in rows_of if r.part.table(name).is_file()]
    if not having:
        return 0
    target = folder / f"{name}.parquet"
    try:
        _write_merged(target, name, having, pq.read_schema(having[0].part.table(name)), True)
    except _SchemaError:
        every = [pq.read_schema(row.part.table(name)) for row in having]
        body = pa.unify_schemas(every, promote_options="permissive")
        _write_merged(target, name, having, body, False)
    return int(pq.read_metadata(target).num_rows)


class _SchemaError(Exception):
    """A part has other columns than the first one."""


def _write_merged(
    target: Path, name: str, rows_of: Sequence[Labelled], body: pa.Schema, alike: bool
) -> None:
    """Write the table with the columns `body` after the labels; alike : refuse other columns."""
    labels = pa.table({k: pa.array([v]) for k, v in rows_of[0].labels.items()}).schema
    schema = pa.schema([*labels, *body])

    def fill(draft: Path) -> None:
        with pq.ParquetWriter(draft, schema, compression=COMPRESSION) as writer:
            for table in _in_blocks(name, rows_of, schema, body if alike else None):
                writer.write_table(table)

    write_file(target, fill)


def _in_blocks(
    name: str, rows_of: Sequence[Labelled], schema: pa.Schema, only: pa.Schema | None
) -> Iterator[pa.Table]:
    """Read part after part, add the labels, and hand on blocks of a few hundred thousand rows.

    only : columns that every part must have, if given
    """
    waiting: list[pa.Table] = []
    count = 0
    for row in rows_of:
        file = pq.ParquetFile(row.part.table(name))
        if only is not None and not file.schema_arrow.equals(only):
            raise _SchemaError
        is_long = file.metadata.num_rows > FLUSH_ROWS  # else threads cost more than they save
        for batch in file.iter_batches(FLUSH_ROWS, use_threads=is_long):
            table = _labelled(pa.Table.from_batches([batch]), row.labels, schema)
            waiting.append(table)
            count += table.num_rows
            if count >= FLUSH_ROWS:
                yield pa.concat_tables(waiting)
                waiting, count = [], 0
    yield pa.concat_tables(waiting) if waiting else schema.empty_table()


def _labelled(table: pa.Table, labels: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    """Bring a table into the merged form; labels come first in the schema."""
    n = table.num_rows
    said = [pa.repeat(pa.scalar(labels[f.name], f.type), n) for f in schema if f.name in labels]
    body = [field for field in schema if field.name not in labels]
    there = {name: i for i, name in enumerate(table.column_names)}
    columns = []
    for field in body:
        at = there.get(field.name)
        if at is None:
            columns.append(pa.nulls(n, field.type))
        else:
            found = table.column(at)
            columns.append(found if found.type == field.type else found.cast(field.type))
    return pa.Table.from_arrays([*said, *columns], schema=schema)


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write a small table given as rows; numbers that mix with text become text."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            columns[name] = pa.array([None if v is None else str(v) for v in values])
    table = pa.table(columns)
    write_file(path, lambda draft: pq.write_table(table, draft, compression=COMPRESSION))
    return int(table.num_rows)
