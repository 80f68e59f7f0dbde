"""Tables merged from the parts of runs: the values of a plain twin, and each part read once."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.experiment import store

UNITS = {"wide": {"m0": ("yuan", "Money")}}


def part(folder, run_id, months, columns):
    """Write a part that holds one table `wide`, month by month."""
    writer = store.PartWriter(store.Part(folder / "parts" / run_id), UNITS)
    for month in range(months):
        writer.add({"wide": {name: make(month) for name, make in columns.items()}})
    writer.finish({"outputs": "all"})
    return store.Labelled(writer.part, {"run_id": run_id, "point": f"x={run_id}", "n": months})


def wide(n=60, **others):
    metrics = {f"m{i}": lambda m, i=i: np.array([m + i / 7.0]) for i in range(n)}
    return {"month": lambda m: np.array([m]), **metrics, **others}


def twin(rows_of):
    """Put the rows of parts below each other, labels before them; column by column, in Python."""
    tables = [(row.labels, pq.read_table(row.part.table("wide"))) for row in rows_of]
    names = dict.fromkeys(name for _, table in tables for name in table.column_names)
    found = {name: [] for name in [*rows_of[0].labels, *names]}
    for labels, table in tables:
        for name, values in found.items():
            if name in labels:
                values += [labels[name]] * table.num_rows
            elif name in table.column_names:
                values += table.column(name).to_pylist()
            else:
                values += [None] * table.num_rows
    return found


@pytest.mark.parametrize("odd", [{}, {"late": lambda m: np.array(["word"])}])
def test_merged_tables_hold_what_the_parts_hold(tmp_path, odd):
    """Parts may lack columns that others have, and may hold whole numbers for others' floats."""
    whole = {"m3": lambda m: np.array([m])} if odd else {}
    rows_of = [part(tmp_path, "a", 3, wide()), part(tmp_path, "b", 2, wide(**whole, **odd)),
               part(tmp_path, "c", 1, wide())]  # fmt: skip
    assert store.merge(tmp_path, "wide", rows_of) == 6
    merged = pq.read_table(tmp_path / "wide.parquet")
    assert merged.to_pydict() == twin(rows_of)
    assert merged.schema.field("m0").metadata == {b"unit": b"yuan", b"label": b"Money"}
    assert merged.schema.field("m3").type == pa.float64()
    assert store.merge(tmp_path, "none", rows_of) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parts", "wide.parquet"]


def test_parts_of_one_shape_are_opened_once_each(tmp_path, monkeypatch):
    rows_of = [part(tmp_path, name, 2, wide()) for name in "abcdef"]
    opened = []

    class Counted(pq.ParquetFile):
        def __init__(self, source, **options):
            opened.append(source)
            super().__init__(source, **options)

    monkeypatch.setattr(pq, "ParquetFile", Counted)
    monkeypatch.setattr(pq, "read_schema", lambda source: Counted(source).schema_arrow)
    store.merge(tmp_path, "wide", rows_of)
    assert len(opened) == len(rows_of) + 1, "the first one also for its columns"


def test_wide_parts_have_a_codec_that_is_quick_to_begin_and_narrow_ones_a_small_one(tmp_path):
    for n, codec, encoded in ((60, "LZ4", False), (5, "ZSTD", True)):
        file = pq.ParquetFile(part(tmp_path, f"{n}", 3, wide(n)).part.table("wide"))
        chunk = file.metadata.row_group(0).column(1)
        assert chunk.compression == codec
        assert chunk.has_dictionary_page == encoded
