"""The report for people: complete in one file, true to the letter, and closed to hostile names."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from mtgui.auditing.report.distribution import distribution
from mtgui.auditing.report.document import LabelPart, Report
from mtgui.auditing.report.html import report_html
from mtgui.auditing.report.losses import Losses
from mtgui.auditing.statistics.findings import find
from mtgui.records.record import Record
from tests.auditing.report.report_helpers import (
    SETTINGS,
    assemble,
    make_blocks,
    make_model,
    make_record,
    make_report,
    make_result,
    record_part,
)
from tests.records.records_helpers import KEY, SALT, SEED, digest, make_block
from tests.records.test_record_summary import every_spelling

REPORT = make_report(has_population=True, runs=2)
# The HTML standard, 13.1.2.
VOID = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
JPEG = b"\xff\xd8\xff\xe0 thumbnail"


class Page(HTMLParser):
    """Follows the elements of a page; fails where they are not properly nested."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def text_of(page: str) -> str:
    """Return what a reader sees."""
    body = page.split("<body>")[1]
    return unescape(re.sub(r"<[^>]*>", "", body))


@pytest.mark.parametrize("report", [REPORT, make_report(strength=0.0)], ids=["evidence", "no evidence"])
def test_the_words_of_the_verdict_are_there_to_the_letter(report: Report) -> None:
    text = text_of(report_html(report))
    verdict = report.verdict(report.results[0])
    assert f"{verdict.headline} {verdict.sentence}" in text
    assert verdict.caveat in text
    assert "Draw not witnessed: convincing to those who trust the record's maker." in text


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    thumbnails = {picture.picture_id: JPEG for picture in REPORT.records[0].pictures}
    page = Page(report_html(REPORT, thumbnails))
    assert not {tag for tag, _ in page.seen} & {"script", "link", "iframe", "object", "a", "form"}
    for _, attributes in page.seen:
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("src") or "data:").startswith("data:")
    assert "url(" not in report_html(REPORT)
    policy = next(a["content"] for t, a in page.seen if t == "meta" and "http-equiv" in a)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


HOSTILE = "<img src=x onerror=alert(1)>\u202e\n\"'&</style></svg>"


def test_hostile_names_stay_names() -> None:
    model = replace(
        make_model(HOSTILE),
        architecture=HOSTILE,
        certainty=HOSTILE,
        format=HOSTILE,
        renamed=((HOSTILE, HOSTILE),),
        ignored=(HOSTILE,) * 20,
        notes=(HOSTILE,),
    )
    record = record_part(make_record(), name=HOSTILE)
    record = replace(record, pictures=tuple(replace(p, name=HOSTILE) if p.is_published else p for p in record.pictures))
    label = LabelPart("record", tuple(i % 2 for i in range(len(record.pictures))), ((0, HOSTILE), (1, "b")), HOSTILE)
    result = replace(make_result(record, model), label=label, notes=(HOSTILE,))
    report = replace(assemble(SETTINGS, (model,), (record,), (result,)), notes=(HOSTILE,))
    page = report_html(report)
    assert {tag for tag, _ in Page(page).seen} == {tag for tag, _ in Page(report_html(REPORT)).seen} - {"img"}
    assert "\u202e" not in page
    assert "<img src=x" not in page


def test_no_secret_and_nothing_of_private_pictures_is_shown() -> None:
    thumbnails = {picture.picture_id: JPEG + picture.picture_id.encode() for picture in REPORT.records[0].pictures}
    page = report_html(REPORT, thumbnails)
    for secret in (KEY, SEED, SALT):
        assert not any(spelling in page for spelling in every_spelling(secret))
    for block in make_blocks():
        for index, picture in enumerate(block.pool):
            assert (f">{picture.name}<" in page) == block.is_published(index)
    published = sum(picture.is_published for picture in REPORT.records[0].pictures)
    assert page.count("data:image/jpeg;base64,") == published


def test_what_is_no_picture_is_no_thumbnail() -> None:
    thumbnails = {picture.picture_id: b"<svg onload=alert(1)>" for picture in REPORT.records[0].pictures}
    assert "data:image" not in report_html(REPORT, thumbnails).split("<body>")[1]


def test_several_results_are_listed_first() -> None:
    record = record_part(make_record())
    models = (make_model("one.pth"), make_model("two.pth"))
    results = tuple(
        replace(make_result(record, model, strength=3.0 * (1 - place), place=place), model=place)
        for place, model in enumerate(models)
    )
    text = text_of(report_html(assemble(SETTINGS, models, (record,), results)))
    assert text.index("▲ evidence") < text.index("○ no evidence") < text.index("Strong evidence")


def test_the_distribution_counts_every_reference_draw_once() -> None:
    report = make_report(replace(SETTINGS, stops_early=False), strength=0.4)
    result = report.results[0]
    shown = distribution(result, *report.pair(result), report.settings)
    assert shown.fine.sum() == result.findings.grid - 1
    edges = np.linspace(shown.low, shown.high, 30)
    assert shown.bins(edges).sum() == result.findings.grid - 1
    below = shown.bins(np.array([0.0, shown.published])).sum() + 1
    assert below == pytest.approx(result.findings.at_most, abs=3)
    assert shown.quantile is not None
    assert shown.bins(np.array([0.0, shown.quantile])).sum() == pytest.approx(result.findings.grid / 100, abs=4)


@pytest.mark.parametrize(("pool", "published", "keys"), [(4, 4, 999), (16, 8, 0), (2, 1, 60)])
def test_odd_designs_are_drawn(pool: int, published: int, keys: int) -> None:
    block = make_block(pool, tuple(range(published)))
    record = record_part(Record((block,), (digest("one"),), ()))
    result = make_result(record, make_model(), keys=keys)
    Page(report_html(assemble(SETTINGS, (make_model(),), (record,), (result,))))


def test_a_model_that_answers_the_same_for_everything_is_drawn() -> None:
    record, model = record_part(make_record()), make_model()
    losses = np.full((16, len(record.pictures)), 1 << 20, dtype=np.int64)
    columns = tuple(range(16))
    findings = find(record.design(), record.seed(model), 999, 15, SETTINGS.alpha, columns, losses)
    result = replace(make_result(record, model), columns=columns, losses=Losses(losses), findings=findings)
    page = report_html(assemble(SETTINGS, (model,), (record,), (result,)))
    Page(page)
    assert "No evidence found. This does not show that they were not used." in text_of(page)
    assert "nan" not in page
