"""The report of an audit as PDF: for each result one page that anybody can read, then an appendix for experts."""

import html
import re
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPageLayout, QPageSize, QPainter, QPdfWriter, QPolygonF, QTextDocument

from mtgui.auditing.report import method
from mtgui.auditing.report.appendix import appendix
from mtgui.auditing.report.document import Report, ResultPart
from mtgui.auditing.report.report_files import untouched_report
from mtgui.auditing.statistics.verdict import Verdict
from mtgui.common.errors import printable
from mtgui.common.words import alpha_text, moment, p_text, percent
from mtgui.desktop.audit.audit_state import AuditState, PairState
from mtgui.desktop.audit.audit_words import plot_caption
from mtgui.desktop.audit.loss_plot import LossPlot
from mtgui.desktop.theme.appearance import text_font
from mtgui.desktop.theme.tokens import LIGHT

DPI = 96
MARGIN = 68.0
PLOT_HEIGHT = 370.0
GAP = 16.0
TEXT, SMALL = 13, 12
STYLE = f"""
body {{ color: #1e1e1e; }}
h1 {{ font-size: 22px; font-weight: 600; }}
h2 {{ font-size: 17px; font-weight: 600; }}
h3 {{ font-size: 14px; font-weight: 600; }}
.muted, .name {{ color: {LIGHT.muted}; }}
code {{ font-family: monospace; font-size: 10px; }}
"""
NAME_WIDTH = 204
_ROW_HEAD = re.compile(r'<th scope="row">(.*?)</th>', re.DOTALL)
_COLUMN_HEAD = re.compile(r'<th scope="col"([^>]*)>(.*?)</th>', re.DOTALL)
_HASH = re.compile(r"\b([0-9a-f]{32})([0-9a-f]{32})\b")


def report_pdf(path: Path, audit: AuditState) -> bytes:
    """Return the report at ``path`` as PDF, with the plots of ``audit``.

    Raises ReportError, also if the report was changed after the audit.
    """
    report = untouched_report(path)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DPI)
    writer.setTitle("mtgui audit report")
    writer.setCreator(f"mtgui {report.program.version}")
    writer.setPageLayout(
        QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))
    )
    sheet = _Sheet(writer, report)
    try:
        for number, result in enumerate(report.results):
            if number:
                sheet.turn()
            sheet.first_page(result, audit.pairs.get((result.model, result.record), PairState()))
        sheet.appendix()
    finally:
        sheet.close()
    return bytes(buffer.data().data())


class _Sheet:
    """A PDF that is written from top to bottom; ``y`` is the position of the next part."""

    def __init__(self, writer: QPdfWriter, report: Report) -> None:
        self._writer, self._report = writer, report
        self._painter = QPainter(writer)
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._width, self._height = float(writer.width()), float(writer.height())
        self._page, self.y = 1, MARGIN
        self._foot()

    @property
    def _room(self) -> float:
        return self._width - 2 * MARGIN

    def turn(self) -> None:
        """Begin the next page."""
        self._writer.newPage()
        self._page += 1
        self.y = MARGIN
        self._foot()

    def close(self) -> None:
        """Finish the file."""
        self._painter.end()

    def text(self, markup: str, *, left: float = 0.0, width: float | None = None, gap: float = GAP) -> None:
        """Write ``markup`` at the current position."""
        document = _document(markup, self._room - left if width is None else width)
        self._painter.save()
        self._painter.translate(MARGIN + left, self.y)
        document.drawContents(self._painter)
        self._painter.restore()
        self.y += document.size().height() + gap

    def first_page(self, result: ResultPart, state: PairState) -> None:
        """Write the page that anybody can read: what was tested, the verdict, the plot, what it does not mean."""
        model, record = self._report.pair(result)
        made, base = moment(record.blocks[0].created), result.loss_facts.base
        compared = "" if base is None else f", compared with its base <b>{as_markup(base.name)}</b>"
        self.text(
            f"<h1>Was this model trained on these pictures?</h1><p>Model <b>{as_markup(model.name)}</b>, "
            f"{as_markup(model.architecture)}{compared}<br>Mark record <b>{as_markup(record.name)}</b>, made {made}<br>"
            f"<span class='muted'>Audited {moment(self._report.program.finished)} with mtgui "
            f"{as_markup(self._report.program.version)}</span></p>"
        )
        self._verdict(self._report.verdict(result))
        self._plot(state)
        self._numbers(result)
        is_evidence = result.verdict == "evidence"
        sentences = method.MEANING if is_evidence else method.MEANING_WITHOUT_EVIDENCE
        stopped = f"<p>{as_markup(method.MEANING_STOPPED)}</p>" if result.findings.stopped_early else ""
        points = "".join(f"<li>{as_markup(sentence)}</li>" for sentence in sentences)
        self.text(f"{stopped}<h3>What this does not mean</h3><ul>{points}</ul>", gap=GAP / 2)
        self.text(f"<p>{as_markup(method.witness_statement(is_witnessed=record.is_witnessed))}</p>")

    def appendix(self) -> None:
        """Write everything else, on as many pages as needed."""
        document = _document(for_qt(str(appendix(self._report, {}))), self._room)
        height = self._height - 2 * MARGIN
        document.setDefaultFont(text_font(SMALL))
        document.setPageSize(QSizeF(self._room, height))
        for page in range(document.pageCount()):
            self.turn()
            self._painter.save()
            self._painter.translate(MARGIN, MARGIN - page * height)
            document.drawContents(self._painter, QRectF(0, page * height, self._room, height))
            self._painter.restore()

    def _verdict(self, verdict: Verdict) -> None:
        colour = QColor(LIGHT.evidence if verdict.is_evidence else LIGHT.no_evidence)
        words = _document(
            f"<p style='font-size: 16px; font-weight: 600'>{as_markup(verdict.headline)}</p>"
            f"<p style='font-size: 13px'>{as_markup(verdict.sentence)}</p>"
            f"<p class='muted'>{as_markup(verdict.caveat)}</p>",
            self._room - 72,
        )
        height = words.size().height() + 24
        frame = QRectF(MARGIN, self.y, self._room, height)
        painter = self._painter
        painter.save()
        painter.setPen(QColor(LIGHT.line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, 6, 6)
        painter.fillRect(QRectF(frame.left(), frame.top(), 5, height), colour)
        _sign(painter, QPointF(frame.left() + 34, frame.center().y()), colour, is_evidence=verdict.is_evidence)
        painter.translate(frame.left() + 60, frame.top() + 12)
        words.drawContents(painter)
        painter.restore()
        self.y += height + GAP

    def _plot(self, state: PairState) -> None:
        if not state.draws.total:
            return
        plot = LossPlot()
        plot.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        plot.resize(round(self._room), round(PLOT_HEIGHT))
        plot.dress_for(LIGHT)
        plot.show()
        plot.show_state(state)
        plot.render_to(self._painter, QRectF(MARGIN, self.y, self._room, PLOT_HEIGHT))
        plot.close()
        plot.deleteLater()
        self.y += PLOT_HEIGHT + 4
        self.text(f"<p class='muted'>{as_markup(plot_caption(state))}</p>")

    def _numbers(self, result: ResultPart) -> None:
        model, record = self._report.pair(result)
        published = sum(picture.is_published for picture in record.pictures)
        adjusted = "p-value" if result.p_adjusted == result.findings.p_value else "p-value, adjusted"
        alpha = self._report.settings.alpha
        facts = (
            (adjusted, p_text(result.p_adjusted)),
            ("Level α, fixed before", f"{alpha_text(alpha)} ({percent(alpha)})"),
            ("Set loss", result.scale(model).in_words(result.findings.set_loss)),
            ("Pictures", f"{published:,} published, {len(record.pictures) - published:,} private"),
        )
        cells = "".join(
            f"<td width='{width}%'><span class='name'>{as_markup(name)}</span><br><b>{as_markup(value)}</b></td>"
            for (name, value), width in zip(facts, (20, 27, 18, 35), strict=True)
        )
        self.text(f"<table width='100%' cellpadding='2'><tr>{cells}</tr></table>")

    def _foot(self) -> None:
        place = QRectF(MARGIN, self._height - MARGIN + 14, self._room, 20)
        painter = self._painter
        painter.save()
        painter.setFont(text_font(10))
        painter.setPen(QColor(LIGHT.muted))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft), "mtgui audit report")
        painter.drawText(place, int(Qt.AlignmentFlag.AlignRight), f"{self._page}")
        painter.restore()


def for_qt(markup: str) -> str:
    """Return the report's HTML as Qt can show it: wider tables, headings on the left, signs instead of thumbnails."""
    markup = re.sub(r"<(/?)section[^>]*>", r"<\1div>", markup)
    markup = re.sub(r'<span class="kept"[^>]*></span>', "○", markup)
    markup = re.sub(r"<tr><td></td>", "<tr><td>▲</td>", markup)
    markup = markup.replace("<table", '<table width="100%" cellpadding="3"')
    markup = markup.replace('class="number"', 'align="right"')
    markup = _ROW_HEAD.sub(rf'<td width="{NAME_WIDTH}" class="name">\1</td>', markup)
    markup = _COLUMN_HEAD.sub(_column_head, markup)
    markup = markup.replace("<h2>Numbers", '<h2 style="page-break-before: always">Numbers')
    # Qt does not break words, and a hash is one long word.
    return _HASH.sub("\\1\u200b\\2", markup)


def _column_head(found: re.Match[str]) -> str:
    side = "right" if "right" in found[1] else "left"
    return f'<td align="{side}" class="name">{found[2]}</td>'


def _document(markup: str, width: float) -> QTextDocument:
    document = QTextDocument()
    document.setUseDesignMetrics(True)
    document.setDefaultFont(text_font(TEXT))
    document.setDefaultStyleSheet(STYLE)
    document.setDocumentMargin(0)
    document.setTextWidth(width)
    document.setHtml(f"<body>{markup}</body>")
    return document


def _sign(painter: QPainter, centre: QPointF, colour: QColor, *, is_evidence: bool) -> None:
    painter.save()
    if is_evidence:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        corners = [QPointF(0, -10), QPointF(11, 9), QPointF(-11, 9)]
        painter.drawPolygon(QPolygonF([centre + corner for corner in corners]))
    else:
        pen = painter.pen()
        pen.setColor(colour)
        pen.setWidthF(3)
        painter.setPen(pen)
        painter.drawEllipse(centre, 9, 9)
    painter.restore()


def as_markup(text: str) -> str:
    """Return ``text`` as markup that shows it as it is written, its control characters escaped."""
    return html.escape(printable(text))
