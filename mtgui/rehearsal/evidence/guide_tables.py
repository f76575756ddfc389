"""The tables of the guide that are drawn from the table of evidence, as Markdown."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from mtgui.common.words import UNKNOWN, alpha_text, counted, percent
from mtgui.records.evidence_table import Coins, Detection, EvidenceTable, Rate, Regime, Visibility

NO_BREAK = "\N{NO-BREAK SPACE}"
BEGIN, END = "<!-- evidence begins -->", "<!-- evidence ends -->"
_ONE_IN_A_HUNDRED = Fraction(1, 100)
_REGIMES: dict[Regime, str] = {"memorises": "memorises", "augmented": "augments"}
_MODELS: dict[Regime, str] = {"memorises": "memorise", "augmented": "augment"}
_COLUMNS: tuple[tuple[Coins, Fraction, str], ...] = (
    ("keys only", Fraction(1, 20), "key, p ≤ 0.05"),
    ("keys only", _ONE_IN_A_HUNDRED, "key, p ≤ 0.01"),
    ("withheld only", _ONE_IN_A_HUNDRED, "private, p ≤ 0.01"),
    ("withheld only", Fraction(1, 1000), "private, p ≤ 0.001"),
    ("both", _ONE_IN_A_HUNDRED, "both, p ≤ 0.01"),
    ("both", Fraction(1, 1000), "both, p ≤ 0.001"),
)


def with_tables(guide: str, table: EvidenceTable) -> str:
    """Return ``guide`` with the tables of ``table`` between its two marks. Raises ValueError if it lacks them."""
    before, begin, rest = guide.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The guide lacks its marks {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{tables_of(table)}\n{END}{after}"


def tables_of(table: EvidenceTable) -> str:
    """Return all tables as Markdown; those without rows are left out."""
    parts = [
        ("How visible the presets are: PSNR, SSIM and ΔE2000 (mean).", _visibility(table)),
        ("The models. *Right* counts their own pictures (the worst model) and others’ (the mean).", _models(table)),
        *_of_groups(table),
        (
            "*Clear* compared with *Paper* in the same models: found by the key alone, and the difference.",
            _compared(table),
        ),
        (
            "Artists found at p ≤ 0.01 in spite of a countermeasure, in percent; *key* by the key alone.",
            _countered(table),
        ),
        ("Attacks on the marks themselves.", _attacks(table)),
    ]
    written = [f"{title}\n\n{_markdown(rows)}" for title, rows in parts if len(rows) > 1]
    return "\n".join([*written, _note(table)])


def _of_groups(table: EvidenceTable) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the tables of artists found, two for each collection of pictures and regime, with their titles."""
    for data, regime in dict.fromkeys((row.data, row.regime) for row in table.detections):
        models = f"{data}, models that {_MODELS[regime]}"
        yield f"**{models}**: artists found, in percent, with the 95 % interval.", _found(table, data, regime)
        yield f"**{models}**: artists found at p ≤ 0.01, in percent.", _by_number(table, data, regime)


def _note(table: EvidenceTable) -> str:
    made = table.made
    state = " These numbers are provisional." if table.is_pilot else ""
    machines = "; ".join(dict.fromkeys(machine for one in table.trainings for machine in one.machines))
    place = f", on {machines}" if machines else ""
    parts = (("countermeasures", table.countered), ("attacks on the marks", table.attacks))
    lacking = [name for name, rows in parts if not rows]
    state += f" Not measured yet: {', '.join(lacking)}." if lacking else ""
    keys = counted(made.decoy_keys, "decoy key")
    made_with = f"Made on {made.date[:10]} with mtgui {made.program} and torch {made.torch}, {keys}{place}"
    return f"{made_with}, by `{made.command}`.{state}\n"


def _visibility(table: EvidenceTable) -> list[list[str]]:
    titles = list(dict.fromkeys(one.pictures for mark in table.marks for one in mark.visibility))
    rows = [["mark", *titles]]
    for mark in table.marks:
        seen = {one.pictures: one for one in mark.visibility}
        if titles and not mark.mark.is_invisible:
            rows.append([mark.title, *(_seen(seen.get(title)) for title in titles)])
    return rows


def _seen(one: Visibility | None) -> str:
    if one is None or one.psnr is None or one.ssim is None or one.delta_e is None:
        return UNKNOWN
    return f"{one.psnr:.1f} dB, {one.ssim:.3f}, {one.delta_e:.1f}"


def _models(table: EvidenceTable) -> list[list[str]]:
    rows = [["pictures", "the model", "network", "trained on", "rounds", "models", "right: own", "right: others’"]]
    for one in table.trainings:
        own, others = percent(one.train_accuracy, 1), percent(one.test_accuracy, 1)
        where = f"{one.data}, {one.side} px"
        counts = [f"{one.pictures:,}", str(one.epochs), str(len(one.seeds))]
        rows.append([where, _REGIMES[one.regime], one.network, *counts, own, others])
    return rows


def _found(table: EvidenceTable, data: str, regime: Regime) -> list[list[str]]:
    """Return a line for each mark: what the key, the private pictures, and both find in the largest sets."""
    rows = [["mark", "artists", *(title for _, _, title in _COLUMNS)]]
    for mark in table.marks:
        group = _rows_of(table, data, regime, mark.name)
        largest = max((row.published for row in group if row.z is not None), default=0)
        whole = [row for row in group if row.published == largest and row.withheld in (0, largest)]
        cells = [_cell(_only(whole, coins), alpha) for coins, alpha, _ in _COLUMNS]
        if whole:
            rows.append([mark.title, str(max(row.artists for row in whole)), *cells])
    return rows


def _by_number(table: EvidenceTable, data: str, regime: Regime) -> list[list[str]]:
    """Return a line for each number of pictures: what all coins together find, for each mark."""
    every = [row for row in table.detections if (row.data, row.regime) == (data, regime)]
    sizes = sorted({(row.published, row.withheld) for row in every}, key=lambda size: (size[1] > 0, *size))
    rows = [["published + private", *(mark.title for mark in table.marks)]]
    for published, withheld in sizes:
        cells = []
        for mark in table.marks:
            here = [row for row in _rows_of(table, data, regime, mark.name) if row.published == published]
            here = [row for row in here if row.withheld == withheld]
            by_key, both, private = (_only(here, coins) for coins in ("keys only", "both", "withheld only"))
            cells.append(_cell(by_key or both or private, _ONE_IN_A_HUNDRED))
        rows.append([f"{published} + {withheld}", *cells])
    return rows


def _compared(table: EvidenceTable) -> list[list[str]]:
    rows = [["pictures", "the model", "p ≤", "Clear", "Paper", "difference", "95 %"]]
    for one in table.comparisons:
        first, second = percent(one.first_share, 0), percent(one.second_share, 0)
        interval = f"{_points(one.low)} to {_points(one.high)}"
        regime = _REGIMES[one.regime]
        rows.append([one.data, regime, alpha_text(one.alpha), first, second, _points(one.difference), interval])
    return rows


def _countered(table: EvidenceTable) -> list[list[str]]:
    marks = list(dict.fromkeys(row.mark for row in table.countered))
    titles = [title for mark in marks for title in _countered_titles(table, mark)]
    rows = [["countermeasure", "models", *titles, "right: others’"]]
    for name in dict.fromkeys(row.countermeasure for row in table.countered):
        group = {row.mark: row for row in table.countered if row.countermeasure == name}
        cells = []
        for mark in marks:
            row = group.get(mark)
            cells.append(UNKNOWN if row is None else _rate(row.rate))
            if len(_countered_titles(table, mark)) > 1:
                cells.append(UNKNOWN if row is None or row.by_key is None else _rate(row.by_key))
        first = next(iter(group.values()))
        rows.append([name or "none", str(first.models), *cells, percent(first.test_accuracy, 1)])
    return rows


def _countered_titles(table: EvidenceTable, mark: str) -> list[str]:
    measured = table.mark_named(mark)
    return [measured.title, f"{measured.title}, key"] if measured.mark.has_key_coin else [measured.title]


def _attacks(table: EvidenceTable) -> list[list[str]]:
    rows = [
        [
            "pictures",
            "mark",
            "caught by a detector of other keys’ marks, in percent, at 1 % false alarms",
            "seen in the average of 25 copies",
        ]
    ]
    for one in table.attacks:
        where = f"{one.pictures}, {one.side} px"
        rows.append([where, table.mark_named(one.mark).title, _rate(one.caught), f"correlation {one.average:.2f}"])
    return rows


def _rows_of(table: EvidenceTable, data: str, regime: Regime, mark: str) -> list[Detection]:
    return [row for row in table.detections if (row.data, row.regime, row.mark) == (data, regime, mark)]


def _only(rows: Iterable[Detection], coins: Coins) -> Detection | None:
    return next((row for row in rows if row.coins == coins), None)


def _cell(row: Detection | None, alpha: Fraction) -> str:
    rate = None if row is None else row.rate_at(alpha)
    return UNKNOWN if rate is None else _rate(rate)


def _rate(rate: Rate) -> str:
    """Return share and interval in percent; the bounds are rounded outwards."""
    low, high = math.floor(round(100 * rate.low, 6)), math.ceil(round(100 * rate.high, 6))
    return f"{100 * rate.share:.0f} ({low}–{high})"


def _points(difference: float) -> str:
    return f"{100 * difference:+.0f}".replace("-", "−")


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = [[_unbroken(title) for title in rows[0]], ["---"] * len(rows[0]), *rows[1:]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _unbroken(title: str) -> str:
    """Return ``title`` with no-break spaces around “≤”, so that a narrow column keeps the bound in one line."""
    return re.sub(" ?≤ ?", lambda sign: sign[0].replace(" ", NO_BREAK), title)
