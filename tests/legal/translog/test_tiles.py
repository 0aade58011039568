"""A client that knows only tlog-tiles finds every hash and every leaf."""

from __future__ import annotations

import pytest

from parley.legal.translog import merkle
from parley.legal.translog.errors import Malformed
from parley.legal.translog.merkle import MemoryTree, leaf_hash
from parley.legal.translog.tiles import (
    Tile,
    TileTree,
    bundles_of,
    decode_bundle,
    encode_bundle,
    parse_path,
    tile_width,
    tiles_for,
    tiles_of,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(0, 0, 16), "tile/0/000.p/16"),
        (Tile(None, 5, 112), "tile/entries/005.p/112"),
        (Tile(63, 999), "tile/63/999"),
        (Tile(1, 1000), "tile/1/x001/000"),
    ],
)
def test_paths_are_spelt_as_the_specification_says(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/016",
        "tile/-1/000",
        "tile/0/001/002",
        "tile/0/000/",
        "tile/0/\u0660\u0660\u0660",
    ],
)
def test_other_paths_name_nothing(path: str) -> None:
    with pytest.raises(Malformed):
        parse_path(path)


def test_a_tree_of_70000_has_the_tiles_of_the_specifications_example() -> None:
    tiles = tiles_of(70_000)
    assert [tile for tile in tiles if tile.width != 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert sum(tile.level == 0 for tile in tiles) == 274
    assert sum(tile.level == 1 for tile in tiles) == 2
    assert tiles_of(256) == [Tile(0, 0), Tile(1, 0, 1)]
    assert tiles_of(0) == []
    assert bundles_of(300, 260) == [Tile(None, 1, 44)]


def test_every_proof_can_be_built_from_tiles_alone() -> None:
    size = 66_000
    tree = MemoryTree([leaf_hash(b"%d" % number) for number in range(size)])
    for build in (
        lambda read: merkle.tree_root(size, read),
        lambda read: merkle.inclusion_proof(65_537, size, read),
        lambda read: merkle.consistency_proof(511, size, read),
    ):
        wanted = tiles_for(merkle.needed_subtrees(build), size)
        fetched = TileTree(size)
        for tile in wanted:
            assert tile.level is not None
            assert tile.width == tile_width(tile.level, tile.number, size)
            row = [tree(8 * tile.level, tile.start + i) for i in range(tile.width)]
            fetched.add(tile, b"".join(row))
        assert build(fetched) == build(tree)


def test_a_missing_or_short_tile_is_never_guessed() -> None:
    with pytest.raises(Malformed):
        TileTree(16)(4, 0)
    with pytest.raises(Malformed):
        TileTree(16).add(Tile(0, 0, 16), bytes(31))


def test_bundles_hold_exactly_what_they_say() -> None:
    leaves = [b"", b"a", b"b" * 300]
    assert decode_bundle(encode_bundle(leaves), 3) == leaves
    for bad, width in ((encode_bundle(leaves), 2), (encode_bundle(leaves)[:-1], 3), (b"\0", 1)):
        with pytest.raises(Malformed):
            decode_bundle(bad, width)
