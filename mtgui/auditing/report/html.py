"""The report for people: one self-contained HTML file with the verdict on its first page."""

from collections.abc import Mapping

from mtgui.auditing.report import method
from mtgui.auditing.report.appendix import appendix
from mtgui.auditing.report.distribution import Distribution, distribution
from mtgui.auditing.report.distribution_plot import loss_plot
from mtgui.auditing.report.document import RecordPart, Report, ResultPart
from mtgui.auditing.report.markup import Markup, element, joined
from mtgui.auditing.report.style import STYLE
from mtgui.auditing.statistics.population import comparison_in_words
from mtgui.auditing.statistics.verdict import Verdict
from mtgui.common.words import alpha_text, counted, moment, p_text

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def report_html(report: Report, thumbnails: Mapping[str, bytes] | None = None) -> str:
    """Return ``report`` as a self-contained page without scripts.

    thumbnails: small JPEG, PNG or WebP files by picture id; only those of published pictures are shown.
    """
    shown = [distribution(result, *report.pair(result), report.settings) for result in report.results]
    pages = [_first_page(report, result, plot) for result, plot in zip(report.results, shown, strict=True)]
    title = "Audit report"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="generator", content=f"mtgui {report.program.version}"),
        element("title", title),
        element("style", Markup(STYLE)),
    )
    body = element(
        "body",
        element(
            "header",
            element("h1", title),
            element("span", f"{moment(report.program.finished)} · mtgui {report.program.version}"),
        ),
        _overview(report) if len(report.results) > 1 else None,
        *pages,
        appendix(report, thumbnails or {}),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _overview(report: Report) -> Markup:
    """Return all results in one table."""
    rows = []
    for result in report.results:
        model, record = report.pair(result)
        rows.append(
            element(
                "tr",
                element("td", model.name),
                element("td", record.name),
                element("td", "▲ evidence" if result.verdict == "evidence" else "○ no evidence"),
                element("td", p_text(result.p_adjusted), class_="number"),
            )
        )
    names = ("Model", "Mark record", "Verdict")
    head = element(
        "tr", *(element("th", name, scope="col") for name in names), element("th", "Adjusted p", class_="number")
    )
    return element("table", element("thead", head), element("tbody", *rows), class_="overview")


def _first_page(report: Report, result: ResultPart, shown: Distribution) -> Markup:
    model, record = report.pair(result)
    is_evidence = result.verdict == "evidence"
    return element(
        "section",
        element(
            "p",
            "Model ",
            element("b", model.name),
            f", {model.architecture}",
            element("br"),
            "Mark record ",
            element("b", record.name),
            f", made {moment(record.blocks[0].created)}",
            class_="pair",
        ),
        _verdict(report.verdict(result)),
        element(
            "figure",
            loss_plot(shown, result.scale(model), report.settings.alpha, is_evidence=is_evidence),
            element("figcaption", _caption(result, shown)),
        ),
        _numbers(report, result, record),
        _population(result),
        _meaning(result),
        element("p", method.witness_statement(is_witnessed=record.is_witnessed), class_="statement"),
        class_="result",
    )


def _verdict(verdict: Verdict) -> Markup:
    """Return the card with the verdict."""
    shape = element("path", d="M12 3 L22 21 H2 Z") if verdict.is_evidence else element("circle", cx=12, cy=12, r=8)
    return element(
        "div",
        element("svg", shape, viewBox="0 0 24 24", aria_hidden="true"),
        element(
            "div",
            element("p", element("strong", verdict.headline), " ", verdict.sentence, class_="words"),
            element("p", verdict.caveat, class_="not"),
        ),
        class_="verdict evidence" if verdict.is_evidence else "verdict",
    )


def _caption(result: ResultPart, shown: Distribution) -> str:
    count = int(shown.fine.sum())
    stopped = " The audit was stopped early: these are the draws judged until then." * result.findings.stopped_early
    return (
        "Bars: what your set would have scored had chance chosen other pictures or another key "
        f"({counted(count, 'reference draw')}). Line: what it did score.{stopped}"
    )


def _numbers(report: Report, result: ResultPart, record: RecordPart) -> Markup:
    published = sum(picture.is_published for picture in record.pictures)
    adjusted = "p-value" if result.p_adjusted == result.findings.p_value else "p-value, adjusted"
    facts = (
        (adjusted, p_text(result.p_adjusted)),
        ("Level α, fixed before", alpha_text(report.settings.alpha)),
        ("Set loss", result.scale(report.pair(result)[0]).in_words(result.findings.set_loss)),
        ("Pictures", f"{published:,} published, {len(record.pictures) - published:,} private"),
    )
    return element(
        "dl", *(element("div", element("dt", name), element("dd", value)) for name, value in facts), class_="numbers"
    )


def _meaning(result: ResultPart) -> Markup:
    is_evidence = result.verdict == "evidence"
    sentences = method.MEANING if is_evidence else method.MEANING_WITHOUT_EVIDENCE
    stopped = element("p", method.MEANING_STOPPED) if result.findings.stopped_early else None
    return joined(
        stopped,
        element("h3", "What this does not mean"),
        element("ul", *(element("li", sentence) for sentence in sentences)),
    )


def _population(result: ResultPart) -> Markup | None:
    population = result.population
    if population is None:
        return None
    baselines = population.baselines
    known = None
    if baselines is not None:
        known = baselines.logit_p_value, baselines.picture_tpr_at["0.01"], baselines.picture_auc
    sets = len(population.set_losses)
    return element("p", comparison_in_words(sets, population.at_most, population.p_value, known))
