"""A stranger checks a log of any length with little memory, and no changed byte of it goes unnoticed."""

from __future__ import annotations

import tracemalloc

import pytest

from parley.app.log_verify.errors import LogUnreachable
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.errors import Malformed, ProofInvalid, TranslogError
from parley.legal.translog.following import Fetch
from parley.legal.translog.openings import PADDING, Leaf
from parley.legal.translog.survey import Survey, check_everything
from tests.legal.translog.vectors import files_of, leaves_of, tree_of

_BIG = 65_793


def _served(leaves: list[Leaf]) -> tuple[dict[str, bytes], Checkpoint]:
    return files_of(leaves), Checkpoint("example.com/log", len(leaves), tree_of(leaves).root())


def _fetch(files: dict[str, bytes]) -> Fetch:
    def fetch(path: str) -> bytes:
        if path not in files:
            raise LogUnreachable(path, 404)
        return files[path]

    return fetch


@pytest.mark.parametrize("size", [0, 1, 2, 16, 255, 256, 257, 511, 512, 600])
def test_logs_of_every_shape_are_checked(size: int) -> None:
    leaves = leaves_of([PADDING] * size)
    files, head = _served(leaves)
    survey = check_everything(_fetch(files), head)
    assert (survey.size, survey.batches) == (size, -(-size // 16))
    assert survey.tiles == len([path for path in files if "entries" not in path])
    assert [survey.leaf(index) for index in range(size)] == leaves
    with pytest.raises(ProofInvalid):
        survey.leaf(size)


@pytest.fixture(scope="module")
def big() -> tuple[dict[str, bytes], Checkpoint]:
    return _served(leaves_of([PADDING] * _BIG))


def test_a_long_log_costs_little_memory(big: tuple[dict[str, bytes], Checkpoint]) -> None:
    files, head = big
    tracemalloc.start()
    survey = check_everything(_fetch(files), head)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert survey.size == _BIG
    assert peak < 8 * 2**20, "a leaf costs its commitment and hardly more"


@pytest.mark.parametrize(
    "path",
    ["tile/0/000", "tile/0/256", "tile/0/257.p/1", "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1",
     "tile/entries/100", "tile/entries/257.p/1"],
)  # fmt: skip
def test_every_changed_or_missing_file_is_found(big: tuple[dict[str, bytes], Checkpoint], path: str) -> None:
    files, head = big
    changed = bytearray(files[path])
    changed[20] ^= 1
    for data in (bytes(changed), files[path][:-1]):
        with pytest.raises(TranslogError):
            check_everything(_fetch({**files, path: data}), head)
    with pytest.raises(LogUnreachable):
        check_everything(_fetch({name: data for name, data in files.items() if name != path}), head)


def test_another_root_is_found() -> None:
    files, head = _served(leaves_of([PADDING] * 300))
    with pytest.raises(ProofInvalid, match="signed root"):
        check_everything(_fetch(files), Checkpoint(head.origin, head.size, bytes(32)))


@pytest.mark.parametrize("batches", [[2], [1, 3], [1, 2, 1], [0], [1, 1, 0]])
def test_batches_follow_one_another(batches: list[int]) -> None:
    survey = Survey()
    for index, batch in enumerate(batches[:-1]):
        survey.add(Leaf(index, batch, bytes(32)))
    with pytest.raises(Malformed):
        survey.add(Leaf(len(batches) - 1, batches[-1], bytes(32)))


def test_a_leaf_stands_where_it_says() -> None:
    with pytest.raises(ProofInvalid):
        Survey().add(Leaf(1, 1, bytes(32)))
