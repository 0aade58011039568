"""The trained model: one row of small integers per bucket, read from disk by page, never copied whole."""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from parley.safety.classify.features import BUCKETS, buckets_of, named_buckets
from parley.safety.classify.model import NGram, PostScore
from parley.safety.errors import ModelUnreadable


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Logistic regressions over shared hashed n-grams; column 0 is `illicit`, the others are categories."""

    version: str
    heads: tuple[str, ...]
    weights: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]

    def score(self, text: str) -> PostScore:
        """Probabilities per head for one raw post; all zero for a post without text."""
        buckets = buckets_of(text)
        if not len(buckets):
            return PostScore(0.0, dict.fromkeys(self.heads[1:], 0.0))
        sums = self.weights[buckets].sum(axis=0, dtype=np.int32)
        logits = sums * self.scale / np.sqrt(np.float32(len(buckets))) + self.bias
        values = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
        return PostScore(float(values[0]), {h: float(v) for h, v in zip(self.heads[1:], values[1:], strict=True)})

    def explain(self, text: str, head: str = "illicit", count: int = 8) -> list[NGram]:
        """The n-grams of a post that speak most for a head, heaviest first, overlaps left out.

        Raises KeyError for a head that the model does not have.
        """
        if head not in self.heads:
            raise KeyError(head)
        column = self.heads.index(head)
        seen = {gram.strip(): bucket for gram, bucket in named_buckets(text) if len(gram.strip()) > 1}
        weighed = (
            NGram(gram, round(float(self.weights[bucket, column]) * float(self.scale[column]), 3))
            for gram, bucket in seen.items()
        )
        heaviest = heapq.nlargest(
            count * 6, (g for g in weighed if g.weight > 0), key=lambda g: (len(g.text) > 3, g.weight)
        )
        return _without_overlaps(sorted(heaviest, key=lambda g: -g.weight), count)


def _without_overlaps(grams: list[NGram], count: int) -> list[NGram]:
    kept: list[NGram] = []
    for gram in grams:
        if not any(gram.text in other.text or other.text in gram.text for other in kept):
            kept.append(gram)
        if len(kept) == count:
            break
    return kept


def load(folder: Path | None = None) -> LinearModel:
    """Open the shipped model, or another one in `folder`. Raises ModelUnreadable."""
    place = folder or Path(str(resources.files("parley.safety.classify"))) / "model"
    try:
        about: dict[str, Any] = json.loads((place / "model.json").read_text("utf-8"))
        weights = np.load(place / "weights.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ModelUnreadable(str(place)) from error
    heads = tuple(str(h) for h in about["heads"])
    if weights.shape != (BUCKETS, len(heads)) or weights.dtype != np.int8:
        raise ModelUnreadable(f"{place}: weights have the wrong shape")
    return LinearModel(
        version=str(about["version"]),
        heads=heads,
        weights=weights,
        scale=np.asarray(about["scale"], dtype=np.float32),
        bias=np.asarray(about["bias"], dtype=np.float32),
    )
