"""The four steps of an audit together: their request, what is still missing, and which step comes next."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.common.errors import readable_name
from mtgui.common.texts import text
from mtgui.desktop.audit.audit_run import Start
from mtgui.desktop.audit.caption_step import CaptionStep
from mtgui.desktop.audit.earlier_runs import EarlierRuns
from mtgui.desktop.audit.label_step import LabelStep
from mtgui.desktop.audit.model_step import ModelStep
from mtgui.desktop.audit.pictures_step import PicturesStep
from mtgui.desktop.audit.run_step import RunStep
from mtgui.records.audit_log import AuditRun, runs_on_file


@dataclass(frozen=True)
class AuditSteps:
    """The cards on the left of the page, from the first step to the last.

    The third step is the label of a classifier, or the caption of a model that makes pictures; the other is hidden.
    """

    model: ModelStep
    pictures: PicturesStep
    label: LabelStep
    caption: CaptionStep
    run: RunStep
    earlier: EarlierRuns

    @property
    def cards(self) -> tuple[ModelStep, PicturesStep, LabelStep, CaptionStep, RunStep]:
        """All cards, in their order."""
        return self.model, self.pictures, self.label, self.caption, self.run

    @property
    def third(self) -> LabelStep | CaptionStep:
        """The third step of this model."""
        return self.caption if self.model.is_generator else self.label

    @property
    def is_busy(self) -> bool:
        """True while a file or the audit log is being read or originals are looked for."""
        return self.model.is_busy or self.pictures.is_busy or self.earlier.is_busy

    @property
    def question(self) -> tuple[object, ...]:
        """What a verdict is about: model, records and label."""
        return self.model.choice, self.pictures.paths, self._rule

    @property
    def _rule(self) -> str:
        """The label, or the caption of a model that makes pictures."""
        return self.caption.prompt if self.model.is_generator else self.label.label

    def lacking(self) -> str:
        """Return one sentence on what must be done before an audit can run; empty if it can run now."""
        if self.is_busy:
            return "One moment…"
        if self.model.lacks_base:
            return text("Choose the base of the LoRA.")
        if not self.model.is_ready:
            return "First choose a model." if self.model.choice is None else "Choose the architecture of the model."
        if not self.pictures.paths:
            return "Now add the mark record of your pictures."
        if not self.pictures.is_ready:
            return "Not all originals were found."
        if self.pictures.has_lost and self.third.needs_all_originals:
            return self.third.all_originals_words
        if self.pictures.has_lost and self._is_undecided():
            return "Choose the architecture of the model: several fit, and to decide needs all originals."
        if not self.third.is_ready:
            return self.third.lacking_words
        if self.earlier.problem:
            return text("Earlier audits cannot be counted.")
        if not self.run.is_ready:
            return text("Nothing could be proved: see “Can show”.")
        return ""

    def _is_undecided(self) -> bool:
        summary, choice = self.model.summary, self.model.choice
        return summary is not None and summary.is_undecided and choice is not None and choice.factory is None

    def next_step(self) -> str:
        """Return the next step: “model”, “base”, “architecture”, “record” or “folder”; empty if these are all done."""
        if self.model.choice is None:
            return "model"
        if self.model.lacks_base:
            return "base"
        if not self.model.is_busy and not self.model.is_ready:
            return "architecture"
        if not self.pictures.paths:
            return "record"
        if not self.pictures.is_busy and not self.pictures.is_ready:
            return "folder"
        return ""

    def chooser(self) -> Callable[[], None] | None:
        """Return the function that asks the person for the next step; None if there is no next step."""
        choosers: dict[str, Callable[[], None]] = {
            "model": self.model.choose_file,
            "base": self.model.base.choose_file,
            "architecture": self.model.change_architecture,
            "record": self.pictures.choose_record,
            "folder": self.pictures.choose_folder,
        }
        return choosers.get(self.next_step())

    def card_to_show(self) -> QWidget | None:
        """Return the first card that is not ready, or the run; None while the focus is in the label or the run."""
        focus = QApplication.focusWidget()
        if focus is not None and any(card.isAncestorOf(focus) for card in (self.third, self.run)):
            return None
        return next((card for card in (self.model, self.pictures, self.third) if not card.is_ready), self.run)

    def inform(self) -> None:
        """Tell every step what it needs to know about the others."""
        records = self.pictures.records
        labels = [picture.label for record in records for _, _, picture in record.pictures()]
        generator = None if self.model.summary is None else self.model.summary.generator
        self.label.set_model(self.model.summary)
        self.label.set_labels(labels)
        self.caption.set_model(generator)
        self.caption.set_labels(labels, has_lost=self.pictures.has_lost)
        self.label.setVisible(generator is None)
        self.caption.setVisible(generator is not None)
        self.run.set_generator(generator)
        self.earlier.refresh()
        choice, summary = self.model.choice, self.model.summary
        runs: Sequence[AuditRun] = ()
        if choice is not None and summary is not None:
            runs = runs_on_file(self.earlier.runs, choice.path, summary.file_hash)
        self.run.set_question(self.pictures.audited, runs, self._rule)

    def set_locked(self, is_locked: bool) -> None:
        """Disable all steps while an audit runs."""
        for card in self.cards:
            card.set_locked(is_locked)

    def request(self) -> AuditRequest:
        """Return the request that the steps describe. Raises UsageError."""
        choices = self.run.choices
        return AuditRequest(
            models=() if self.model.choice is None else (self.model.choice,),
            records=self.pictures.paths,
            places=self.pictures.places,
            label=None if self.model.is_generator else self.label.label,
            prompt=self.caption.prompt if self.model.is_generator else None,
            keys=choices.keys,
            alpha=Fraction(choices.alpha),
            missing=self.pictures.missing_rule,
            views=self.run.views_shown,
            passes=choices.passes,
            device=choices.device,
            precision=choices.precision,
            stops_early=choices.stops_early,
        )

    def start(self) -> Start:
        """Return what is known about the records when an audit starts."""
        findings = self.pictures.findings
        return Start(
            pictures=tuple(one.pictures for one in findings),
            titles=tuple(readable_name(one.path) for one in findings),
            record_ids=tuple(record.record_id for record in self.pictures.records),
        )

    def take(self, request: AuditRequest, folders: Iterable[Path]) -> None:
        """Fill the steps with ``request``; look for the originals in ``folders`` too."""
        self.pictures.clear()
        self.pictures.known_folders = list(dict.fromkeys([*request.places, *folders]))
        self.pictures.against.setChecked(request.missing == "against")
        self.label.set_label(request.label)
        self.caption.set_prompt(request.prompt)
        self.run.set_choices(request)
        self.model.take(request.models[0])
        self.pictures.add(request.records)
