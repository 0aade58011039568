"""The trained model: one row of small integers per bucket, read from disk by page, never copied whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from parley.safety.classify.features import BUCKETS, buckets_by_word, buckets_of
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
        """The words of a post whose n-grams speak most for a head together, heaviest first.

        Fragments of five letters tell a moderator nothing, so each word stands for all n-grams inside it.
        Raises KeyError for a head that the model does not have.
        """
        if head not in self.heads:
            raise KeyError(head)
        column = self.heads.index(head)
        found = [
            NGram(
                word, round(float(self.weights[buckets, column].sum(dtype=np.int64)) * float(self.scale[column]), 2)
            )
            for word, buckets in buckets_by_word(text)
        ]
        return sorted((g for g in found if g.weight > 0 and _telling(g.text)), key=lambda g: -g.weight)[:count]


def _telling(word: str) -> bool:
    return sum(c.isalpha() for c in word) >= 3


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
