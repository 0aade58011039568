"""Trains the n-gram classifier of `parley.safety.classify` and measures it on sources kept out of training.

Usage: python tools/train_classifier.py DATA_FOLDER [--extra FOLDER] [--out FOLDER]

DATA_FOLDER holds the `label<TAB>text` files that the model card names, the extra folder the four
`*_GroundTruth.txt` files of vaderSentiment 0.5 (PyPI, in its archive `hutto_ICWSM_2014`): everyday English.
No text of them is written anywhere: what comes out is weights of hashed n-grams, their scales, and figures
that were measured.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from parley.core.ids import MessageId
from parley.safety.classify import second_signals
from parley.safety.classify.features import BUCKETS, buckets_of
from parley.safety.classify.model import ChannelFacts, PostScore, ScoredPost
from parley.safety.classify.rules import fires
from parley.safety.classify.shipped import shipped_rules

HEADS = ("illicit", "illegal_goods", "data_theft", "piracy", "scam", "spam")
VERSION = "1"
SEED = 20261102
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """A training text: where it came from, which heads it is positive for, how far its label is trusted."""

    source: str
    group: str
    text: str
    positive: frozenset[str]
    weight: float = 1.0
    #: heads that the source's labels say nothing about
    unknown: frozenset[str] = frozenset()


def read_tsv(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            label, _, text = line.rstrip("\n").partition("\t")
            if text:
                yield label, text


AGORA_HARMLESS = {
    "Information/Guides",
    "Information/eBooks",
    "Listings/NA",
    "Jewelry/NA",
    "Electronics/NA",
    "Services/Other",
}
DARKGRAM_HEADS = {
    "blackhat_resources": {"data_theft"},
    "credential_compromise": {"data_theft"},
    "social_media_manipulation": {"spam"},
    "pirated_software": {"piracy"},
    "pirated_media": {"piracy"},
}


def agora_heads(category: str) -> frozenset[str]:
    if category in {"Data/Pirated", "Data/Software"}:
        return frozenset({"illicit", "piracy"})
    if category in {"Data/Accounts", "Services/Hacking", "Services/Money"}:
        return frozenset({"illicit", "data_theft"})
    return frozenset({"illicit", "illegal_goods"})


def load(folder: Path, rng: random.Random, extra: Path | None = None) -> list[Row]:
    rows: list[Row] = []
    add = rows.append
    for label, text in read_tsv(folder / "telegram_illicit_channels.tsv"):
        category, _, channel = label.partition(":")
        weight = 0.5 if category.startswith("pirated_software") else 1.0
        add(Row("darkgram", channel, text, frozenset({"illicit"} | DARKGRAM_HEADS[category]), weight))
    for label, text in read_tsv(folder / "agora_titles.tsv"):
        category = label.partition(":")[2]
        if category not in AGORA_HARMLESS:
            add(Row("agora_titles", category, text, agora_heads(category)))
    for _, text in read_tsv(folder / "agora_vendor_desc.tsv"):
        unknown = frozenset({"illegal_goods", "data_theft", "piracy", "scam", "spam"})
        add(Row("agora_desc", "agora", text, frozenset({"illicit"}), 0.7, unknown))
    for label, text in read_tsv(folder / "telegram_ru.tsv"):
        positive = frozenset({"illicit", "spam"} if label == "spam" else ())
        add(Row("telegram_ru", "telegram_ru", text, positive, 0.35, frozenset({"scam"} if positive else ())))
    for label, text in read_tsv(folder / "sms.tsv"):
        add(Row("sms", "sms", text, frozenset({"illicit", "scam", "spam"} if label == "spam" else ())))
    for name in ("tgspam_spam", "tgspam_ham"):
        for label, text in read_tsv(folder / f"{name}.tsv"):
            add(
                Row(
                    "tgspam", "tgspam", text, frozenset({"illicit", "scam", "spam"} if label == "spam" else ()), 3.0
                )
            )
    for label, text in read_tsv(folder / "telegram_benign_channels_ru.tsv"):
        add(Row("benign_ru", label.rpartition(":")[0], text, frozenset()))
    rows += sample(folder / "products.tsv", "products", 12_000, rng)
    rows += sample(folder / "clinc_queries.tsv", "clinc", 6_000, rng)
    rows += sample(folder / "agnews_full.tsv", "agnews", 7_600, rng)
    rows += sample(folder / "davidson.tsv", "davidson", 6_000, rng)
    rows += [
        Row("hard_negatives", group, text, frozenset(), 3.0)
        for group, text in written(Path(__file__).with_name("classifier_hard_negatives.txt"), rng)
    ]
    rows += [
        Row("offers", group, text, frozenset({"illicit", "illegal_goods"}), 2.0)
        for group, text in written(Path(__file__).with_name("classifier_offers.txt"), rng)
    ]
    if extra is not None:
        rows += everyday(extra, rng)
    return rows + list(decorated(rows, rng))


def everyday(folder: Path, rng: random.Random) -> list[Row]:
    """Harmless everyday English: single tweets, and reviews and editorials joined to the length of a post."""
    rows: list[Row] = []
    for path in sorted(folder.glob("*_GroundTruth.txt")):
        name = "vader_" + path.name.partition("_")[0].lower()
        lines = [line.rstrip().split("\t", 2)[-1] for line in path.read_text("latin-1").splitlines()]
        while lines:
            count = 1 if "tweets" in name else rng.randint(1, 3)
            rows.append(Row(name, name, " ".join(lines[:count]), frozenset()))
            lines = lines[count:]
    return rows


def sample(path: Path, source: str, count: int, rng: random.Random) -> list[Row]:
    texts = [text for _, text in read_tsv(path)]
    rng.shuffle(texts)
    return [Row(source, source, text, frozenset()) for text in texts[:count]]


def written(path: Path, rng: random.Random, each: int = 25) -> list[tuple[str, str]]:
    """Our own lines with their choices drawn; a line is a group, so that it can be held out whole."""
    found: set[tuple[str, str]] = set()
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        if line and not line.startswith("#"):
            for _ in range(each):
                found.add((f"line {number}", re.sub(r"\{([^}]*)\}", lambda m: rng.choice(m[1].split("|")), line)))
    return sorted(found)


OWN = {"hard_negatives", "offers"}
EMOJI = tuple("✅🔥❗👇⚡💥🎁📢➡⭐🟢🔴✨📌💬🆕👉❤🙏⚠🔔")
CLOSINGS = (
    "@{h}",
    "t.me/{h}",
    "https://t.me/{h}",
    "Join @{h}",
    "Subscribe: @{h}",
    "More: https://{h}.com/{n}",
    "#{h}",
    "Contact @{h}",
    "Write to @{h}",
    "DM @{h}",
    "Price {n}$",
    "{n} EUR",
    "Подписаться @{h}",
    "Share and support us",
    "Read more https://{h}.org/{n}",
    "Order now @{h}",
    "Free delivery",
    "Details in the first comment",
)
DECORATED = {
    "agora_titles": 0.5,
    "agora_desc": 0.3,
    "products": 0.4,
    "agnews": 0.7,
    "davidson": 0.3,
    "clinc": 0.3,
    "sms": 0.5,
    "hard_negatives": 0.5,
    "offers": 0.5,
    "benign_ru": 0.2,
    "vader_tweets": 0.4,
    "vader_nyteditorialsnippets": 0.4,
    "vader_moviereviewsnippets": 0.4,
    "vader_amazonreviewsnippets": 0.4,
}


def decorated(rows: Iterable[Row], rng: random.Random) -> Iterator[Row]:
    """Copies in the dress of channel posts, of both classes, so that emoji and links alone say nothing."""
    for row in rows:
        if rng.random() < DECORATED.get(row.source, 0.0):
            handle = "".join(rng.choices("abcdefghiklmnoprstuvy_", k=rng.randint(5, 12)))
            closing = rng.choice(CLOSINGS).format(h=handle, n=rng.choice((5, 10, 25, 40, 99, 150, 300, 1200)))
            parts = [rng.choice(EMOJI) if rng.random() < 0.7 else "", row.text]
            parts += [closing] if rng.random() < 0.8 else []
            parts += [rng.choice(EMOJI)] if rng.random() < 0.3 else []
            yield Row(row.source, row.group, " ".join(p for p in parts if p), row.positive, row.weight, row.unknown)


def matrix(rows: list[Row]) -> csr_matrix:
    indices, pointers, values = [], [0], []
    for row in rows:
        buckets = buckets_of(row.text).astype(np.int32)
        indices.append(buckets)
        pointers.append(pointers[-1] + len(buckets))
        values.append(np.full(len(buckets), 1 / np.sqrt(max(len(buckets), 1)), dtype=np.float32))
    return csr_matrix(
        (np.concatenate(values), np.concatenate(indices), np.asarray(pointers, dtype=np.int64)),
        shape=(len(rows), BUCKETS),
    )


def fit(x: csr_matrix, y: npt.NDArray[np.bool_], weight: Array) -> tuple[Array, float]:
    model = LogisticRegression(C=4.0, max_iter=60, tol=1e-3, solver="lbfgs")
    balance = np.where(y, 1.0, max(weight[y].sum(), 1.0) / max(weight[~y].sum(), 1.0) * 2.0)
    model.fit(x, y, sample_weight=weight * balance)
    return model.coef_[0], float(model.intercept_[0])


def probabilities(x: csr_matrix, coefficients: tuple[Array, float]) -> Array:
    return 1 / (1 + np.exp(-(x @ coefficients[0] + coefficients[1])))


def top_quarter(scores: Array) -> float:
    ordered = np.sort(scores)[::-1]
    return float(ordered[: max(1, -(-len(ordered) // 4))].mean())


def threshold_at(negatives: Array, rate: float = 0.01) -> float:
    return float(np.quantile(negatives, 1 - rate))


@dataclass(slots=True)
class Bench:
    """The data, fitted again and again without one source or one set of channels."""

    rows: list[Row]
    x: csr_matrix
    y: npt.NDArray[np.bool_]
    weight: Array

    def held_out(
        self, keep_out: Callable[[Row], bool], head: str = "illicit"
    ) -> tuple[npt.NDArray[np.bool_], Array]:
        out = np.fromiter((keep_out(r) for r in self.rows), dtype=bool)
        known = np.fromiter((head not in r.unknown for r in self.rows), dtype=bool) & ~out
        truth = np.fromiter((head in r.positive for r in self.rows), dtype=bool)
        coefficients = fit(self.x[known], truth[known], self.weight[known])
        return out, probabilities(self.x[out], coefficients)


def rule_fires(texts: list[str], values: Array, posts: int = 20, draws: int = 1000) -> float:
    """Share of made-up channels on which the shipped rule for illegal goods fires, second signal and all."""
    rule = next(r for r in shipped_rules() if r.rule_id == "illegal_goods_offers")
    rng = np.random.default_rng(SEED)
    scored = [
        ScoredPost(MessageId(1), PostScore(float(v), {rule.head: float(v)}), second_signals.of_text(t), b"")
        for t, v in zip(texts, values, strict=True)
    ]
    old = ChannelFacts(age_days=400.0, members=100)
    hits = [fires(rule, [scored[i] for i in rng.integers(0, len(scored), posts)], old) for _ in range(draws)]
    return round(sum(h is not None for h in hits) / draws, 4)


def channel_folds(bench: Bench, folds: int = 4) -> dict[str, object]:
    """Channels never seen in training, of both kinds: recall at 1 % false positives by number of posts."""
    names = sorted({(r.source, r.group) for r in bench.rows if r.source in {"darkgram", "benign_ru"}})
    random.Random(SEED).shuffle(names)  # noqa: S311
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    for fold in range(folds):
        held = set(names[fold::folds])
        out, values = bench.held_out(lambda r, held=held: (r.source, r.group) in held)
        for row, value in zip((r for r, o in zip(bench.rows, out, strict=True) if o), values, strict=True):
            scores[row.source, row.group].append(float(value))
    return summarise_channels(scores)


def summarise_channels(scores: dict[tuple[str, str], list[float]], draws: int = 400) -> dict[str, object]:
    rng = np.random.default_rng(SEED)
    bad = [np.asarray(v) for (source, _), v in scores.items() if source == "darkgram" and len(v) >= 20]
    good = [np.asarray(v) for (source, _), v in scores.items() if source == "benign_ru"]
    result: dict[str, object] = {"illicit_channels": len(bad), "benign_channels": len(good)}
    for posts in (1, 5, 20):
        benign = np.asarray([top_quarter(rng.choice(g, posts)) for g in good for _ in range(draws)])
        illicit = np.asarray([top_quarter(rng.choice(b, posts)) for b in bad for _ in range(20)])
        limit = threshold_at(benign)
        result[f"posts_{posts}"] = {
            "threshold": round(limit, 3),
            "recall": round(float((illicit > limit).mean()), 3),
        }
    return result


def unseen_sources(bench: Bench) -> dict[str, object]:
    """Each source left out whole: what remains of recall, and how often its harmless texts alarm."""
    result: dict[str, object] = {}
    names = [n for n in dict.fromkeys(r.source for r in bench.rows) if n not in {"agora_desc", "clinc", *OWN}]
    for name in names:
        same = {"agora_titles": {"agora_titles", "agora_desc"}}.get(name, {name})
        out, values = bench.held_out(lambda r, same=same: r.source in same)
        _, offers = bench.held_out(lambda r, same=same: r.source in same, "illegal_goods")
        texts = [r.text for r, o in zip(bench.rows, out, strict=True) if o]
        truth = bench.y[out]
        line: dict[str, object] = {"texts": int(out.sum())}
        if truth.any():
            line["recall_at_0.5"] = round(float((values[truth] > 0.5).mean()), 3)
            line["recall_of_20_posts"] = channels_over(values[truth])
        if (~truth).any():
            line["false_alarms_at_0.5"] = round(float((values[~truth] > 0.5).mean()), 4)
            line["false_alarms_of_20_posts"] = channels_over(values[~truth])
        if not truth.any() or name == "agora_titles":
            line["illegal_goods_rule_fires_on_20_posts"] = rule_fires(texts, offers)
        result[name] = line
    return result


def own_lines(bench: Bench, folds: int = 4) -> dict[str, object]:
    """Our own lines, each judged by a model that never saw it: look-alikes must not alarm, offers must."""
    groups = sorted({(r.source, r.group) for r in bench.rows if r.source in OWN})
    random.Random(SEED).shuffle(groups)  # noqa: S311
    goods: dict[str, list[tuple[str, float]]] = defaultdict(list)
    illicit: dict[str, list[float]] = defaultdict(list)
    for fold in range(folds):
        held = set(groups[fold::folds])
        out, values = bench.held_out(lambda r, held=held: (r.source, r.group) in held)
        _, offers = bench.held_out(lambda r, held=held: (r.source, r.group) in held, "illegal_goods")
        kept = [r for r, o in zip(bench.rows, out, strict=True) if o]
        for row, value, offer in zip(kept, values, offers, strict=True):
            illicit[row.source].append(float(value))
            goods[row.source].append((row.text, float(offer)))
    return {
        source: {
            "over_0.5": round(float((np.asarray(v) > 0.5).mean()), 3),
            "illegal_goods_rule_fires_on_20_posts": rule_fires(
                [t for t, _ in goods[source]], np.asarray([g for _, g in goods[source]])
            ),
        }
        for source, v in illicit.items()
    }


def channels_over(values: Array, limit: float = 0.7, posts: int = 20, draws: int = 2000) -> float:
    """Share of made-up channels of 20 posts, drawn from texts of one label, that score over the rule's limit."""
    rng = np.random.default_rng(SEED)
    return round(float(np.mean([top_quarter(rng.choice(values, posts)) > limit for _ in range(draws)])), 4)


def quantise(weights: Array) -> tuple[npt.NDArray[np.int8], Array]:
    scale = np.quantile(np.abs(weights[weights != 0]), 0.9995) / 127
    return np.clip(np.rint(weights / scale), -127, 127).astype(np.int8), np.float64(scale)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--extra", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "src/parley/safety/classify/model")
    parser.add_argument("--skip-evaluation", action="store_true")
    args = parser.parse_args()
    started = time.monotonic()
    rows = load(args.data, random.Random(SEED), args.extra)  # noqa: S311
    x = matrix(rows)
    print(f"{len(rows)} texts, {x.nnz} features, {time.monotonic() - started:.0f} s")
    weight = np.asarray([r.weight for r in rows])
    y = np.asarray(["illicit" in r.positive for r in rows])
    figures: dict[str, object] = {"texts": len(rows), "positive": int(y.sum())}
    if not args.skip_evaluation:
        bench = Bench(rows, x, y, weight)
        figures["unseen_channels"] = channel_folds(bench)
        print(json.dumps(figures, indent=1), f"{time.monotonic() - started:.0f} s")
        figures["own_lines"] = own_lines(bench)
        print(json.dumps(figures["own_lines"], indent=1))
        figures["unseen_sources"] = unseen_sources(bench)
        print(json.dumps(figures["unseen_sources"], indent=1), f"{time.monotonic() - started:.0f} s")
    write(args.out, rows, x, weight, figures)


def write(out: Path, rows: list[Row], x: csr_matrix, weight: Array, figures: dict[str, object]) -> None:
    packed, scales, biases = [], [], []
    for head in HEADS:
        known = np.asarray([head not in r.unknown for r in rows])
        truth = np.asarray([head in r.positive for r in rows])
        coefficients, bias = fit(x[known], truth[known], weight[known])
        numbers, scale = quantise(coefficients)
        packed.append(numbers)
        scales.append(float(scale))
        biases.append(bias)
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "weights.npy", np.stack(packed, axis=1))
    about = {"version": VERSION, "heads": HEADS, "scale": scales, "bias": biases, "measured": figures}
    (out / "model.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
