"""Step 4 of an audit: the error probability, the device, and what the audit costs and can prove."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QPushButton, QSpinBox, QWidget

from mtgui.auditing.architectures.generator_description import NOT_PROVED, GeneratorDescription
from mtgui.auditing.job.audit_request import MOST_KEYS, PASSES, AuditRequest
from mtgui.auditing.job.choosing_passes import choosing_passes
from mtgui.auditing.job.labels import FROM_RECORD, MODEL_CHOICE
from mtgui.auditing.precision import PRECISIONS, Precision
from mtgui.common.texts import text
from mtgui.common.words import counted
from mtgui.desktop.audit.outlook import AuditedRecord, Outlook, proof_in_words, reaches
from mtgui.desktop.jobs.device_list import offer_devices
from mtgui.desktop.settings import DEVICE
from mtgui.desktop.widgets.collapsible import Collapsible
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.plain_text import plain_tip
from mtgui.desktop.widgets.step_cards import Fact, FactGrid, StepCard
from mtgui.desktop.widgets.step_fields import add_field, choose_data, field_form, named_combo
from mtgui.records.attainable_p import attainable, audit_size
from mtgui.records.audit_log import AuditRun, runs_with
from mtgui.records.chances import REFERENCE_DRAWS

ALPHAS = (("5 %", Fraction(1, 20)), ("1 %", Fraction(1, 100)), ("0.1 %", Fraction(1, 1000)))
PRECISION_NAMES: dict[Precision, str] = {
    "float32": "Full (float32)",
    "tf32": "TF32, faster on some graphics",
    "half": "Half, faster on graphics",
}
PASS_NAMES = {PASSES[0]: f"{PASSES[0]}: usual", PASSES[1]: f"{PASSES[1]}: thorough"}
FOLD = "Ad&vanced: decoy keys, views, precision"
FOLD_OF_GENERATORS = "Ad&vanced: decoy keys, passes, precision"
AUTOMATIC = -1


@dataclass(frozen=True)
class RunChoices:
    """The settings of this step."""

    alpha: Fraction = Fraction(1, 100)
    keys: int | None = None
    views: int = 1
    device: str = "auto"
    precision: Precision = "float32"
    stops_early: bool = True
    passes: int = PASSES[0]


class RunStep(StepCard):
    """The card of the run: all settings that have a default, and what they cost and can prove."""

    changed = Signal()
    time_wanted = Signal()
    """The person asks how long the audit takes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with the defaults."""
        super().__init__(4, "Run", "", parent)
        self._records: Sequence[AuditedRecord] = ()
        self._runs: Sequence[AuditRun] = ()
        self._label = ""
        self._generator: GeneratorDescription | None = None
        self._device_name = self._time = ""
        self.how_long = QPushButton("&How long?")
        self.how_long.setAccessibleName("Measure how long the audit takes on this device")
        self.how_long.setProperty("kind", "quiet")
        self.alpha = named_combo("Error chance accepted", [(str(value), said) for said, value in ALPHAS])
        self.alpha.setToolTip("How often, at most, a model that never saw your pictures may be called guilty (α).")
        self.alpha.setCurrentIndex(1)
        self.device = named_combo("Device", DEVICE.choices)
        self.keys = QSpinBox()
        self.keys.setRange(AUTOMATIC, MOST_KEYS)
        self.keys.setSpecialValueText("Automatic")
        self.keys.setValue(AUTOMATIC)
        self.keys.setAccessibleName("Decoy keys")
        views = [("1", "1: the picture as it is"), ("10", "10: crops and mirrored")]
        self.views = named_combo("Views of each picture", views)
        self.passes = named_combo("Passes for each picture", [(str(n), said) for n, said in PASS_NAMES.items()])
        self.precision = named_combo("Precision", [(name, PRECISION_NAMES[name]) for name in PRECISIONS])
        self.early = QCheckBox("&Stop early once no evidence can be found")
        self.early.setChecked(True)
        self._outlook = FactGrid()
        self._fold = Collapsible(FOLD, "Advanced settings")
        self.fold, self._advanced = self._fold.button, self._fold.content
        self._lay_out()
        self._connect()
        self._show()

    @property
    def choices(self) -> RunChoices:
        """The current settings."""
        keys = self.keys.value()
        kind = str(self.precision.currentData())
        return RunChoices(
            alpha=Fraction(str(self.alpha.currentData())),
            keys=None if keys == AUTOMATIC else keys,
            views=int(self.views.currentData()),
            passes=int(self.passes.currentData()),
            device=str(self.device.currentData()),
            precision=next((known for known in PRECISIONS if known == kind), "float32"),
            stops_early=self.early.isChecked(),
        )

    @property
    def views_shown(self) -> int:
        """In how many views the model is shown each picture: a model that makes pictures sees it as it is."""
        return self.choices.views if self._generator is None else 1

    @property
    def outlooks(self) -> list[Outlook]:
        """What each record can prove."""
        keys, is_dear = self.choices.keys, self._generator is not None
        sizes = [audit_size(one.record.blocks, keys, lost=one.lost, are_keys_dear=is_dear) for one in self._records]
        runs = [
            runs_with(self._runs, one.record.record_id, self._settings(one, size.keys))
            for one, size in zip(self._records, sizes, strict=True)
        ]
        return [Outlook(best) for best in attainable(sizes, runs=runs)]

    @property
    def is_ready(self) -> bool:
        """True when an audit with these settings can reach α."""
        return reaches(self.outlooks, self.choices.alpha)

    @property
    def cost_in_words(self) -> str:
        """How often the model is asked, at most."""
        return self._cost()[0]

    def set_generator(self, generator: GeneratorDescription | None) -> None:
        """Take the LoRA or diffusion model that is audited; None for a classifier."""
        self._generator = generator
        self._more.setRowVisible(self.views, generator is None)
        self._more.setRowVisible(self.passes, generator is not None)
        self.fold.setText(FOLD if generator is None else FOLD_OF_GENERATORS)
        self._show()

    def set_question(self, records: Sequence[AuditedRecord], runs: Sequence[AuditRun], label: str) -> None:
        """Take what the audit is about: ``records``, earlier ``runs`` on the model, and the ``label``."""
        self._records, self._runs, self._label = records, runs, label
        self.keys.setEnabled(all(block.settings.has_key_coin for one in records for block in one.record.blocks))
        self._show()

    def _settings(self, audited: AuditedRecord, keys: int) -> dict[str, object]:
        """Return those settings of the coming run that the audit log stores and that are known before it starts."""
        choices = self.choices
        is_rule = self._label in (MODEL_CHOICE, FROM_RECORD)
        # Caption, passes and base are logged as one hash, which is not known before the model is read. No earlier run
        # of such a model has None there, so each counts as another run than the coming one.
        unknown = {} if self._generator is None else {"loss": None}
        return {
            **unknown,
            "commitments": list(audited.record.commitments),
            **({"label": self._label} if is_rule else {}),
            "keys": keys - 1,
            "draws": REFERENCE_DRAWS,
            "alpha": str(choices.alpha),
            "stops_early": choices.stops_early,
            "views": self.views_shown,
            "missing": sorted(audited.lost),
            "precision": choices.precision,
        }

    def set_devices(self, devices: Sequence[tuple[str, str]]) -> None:
        """Offer ``devices``, pairs (name, text), instead of kinds of devices."""
        offer_devices(self.device, devices)
        self.device.setToolTip(plain_tip("\n".join(said for _, said in devices)))
        self._changed()

    def set_device_name(self, name: str) -> None:
        """Show which device the engine has chosen."""
        self._device_name = name
        self._show()

    def set_time(self, words: str, *, is_measuring: bool, can_ask: bool) -> None:
        """Show how long the audit takes; with empty ``words``, a person can ask if ``can_ask``."""
        self._time = text("measuring…") if is_measuring else words
        self.how_long.setEnabled(can_ask)
        self._show()

    def set_choices(self, request: AuditRequest | RunChoices) -> None:
        """Take the settings of ``request``."""
        if self.device.findData(request.device) < 0:
            # One of several graphics cards; the engine has not listed the devices yet.
            self.device.addItem(request.device, request.device)
        for combo, value in (
            (self.alpha, str(request.alpha)),
            (self.views, str(request.views)),
            (self.device, request.device),
            (self.precision, request.precision),
            (self.passes, str(request.passes)),
        ):
            choose_data(combo, value)
        self.keys.setValue(AUTOMATIC if request.keys is None else request.keys)
        self.early.setChecked(request.stops_early)

    def set_locked(self, is_locked: bool) -> None:
        """Disable the card while an audit runs."""
        for part in (self.alpha, self.device, self.how_long, self._advanced):
            part.setEnabled(not is_locked)

    def _changed(self, *_: object) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        if not self._records:
            self._outlook.setVisible(False)
            self.how_long.setVisible(False)
            return
        choices, outlooks = self.choices, self.outlooks
        proof, can_show = proof_in_words(outlooks, choices.alpha), reaches(outlooks, choices.alpha)
        total, parts = self._cost()
        at_most = "at most " if choices.stops_early else ""
        facts = [
            Fact("Can show", proof, "", "" if can_show else "caution"),
            Fact("Cost", f"{at_most}{total}: {parts}"),
        ]
        if self._generator is not None and self._generator.outlook:
            facts.insert(1, Fact("Expect", self._generator.outlook, NOT_PROVED))
        if self._time:
            facts.append(Fact("Time", self._time))
        if self._device_name:
            facts.append(Fact("Ran on", self._device_name))
        self._outlook.set_facts(facts)
        self._outlook.setVisible(True)
        self.how_long.setVisible(self._generator is not None and not self._time)

    def _cost(self) -> tuple[str, str]:
        """Return how often the model is asked at most, and the numbers whose product that is."""
        choices, outlooks = self.choices, self.outlooks
        pictures = counted(sum(outlook.pictures for outlook in outlooks), "picture")
        keys = counted(max((outlook.keys for outlook in outlooks), default=1), "key")
        if self._generator is None:
            answers = sum(outlook.passes(choices.views) for outlook in outlooks)
            views = f" × {choices.views} views" if choices.views > 1 else ""
            return counted(answers, "model answer"), f"{pictures} × {keys}{views}"
        models = 2 if self._generator.has_base else 1
        each = choices.passes * models
        prompts = 2 if self._label == MODEL_CHOICE else 0
        trials = int(self._generator.tries_prediction)
        before = sum(choosing_passes(outlook.pictures, each, prompts, trials) for outlook in outlooks)
        passes = sum(outlook.passes(each) for outlook in outlooks) + before
        both = " × 2, for model and base" if models == 2 else ""
        chosen = " and ".join([*(["caption"] if prompts else []), *(["prediction"] if trials else [])])
        more = f"; and {before:,} to choose the {chosen}" if before else ""
        return counted(passes, "pass", "passes"), f"{pictures} × {keys} × {choices.passes}{both}{more}"

    def _connect(self) -> None:
        for combo in (self.alpha, self.device, self.views, self.passes, self.precision):
            combo.currentIndexChanged.connect(self._changed)
        self.keys.valueChanged.connect(self._changed)
        self.early.toggled.connect(self._changed)
        self.how_long.clicked.connect(self.time_wanted)

    def _lay_out(self) -> None:
        usual = field_form()
        add_field(usual, "Error chance acce&pted", self.alpha)
        add_field(usual, "D&evice", self.device)
        self._more = more = field_form()
        add_field(more, "Decoy &keys", self.keys)
        add_field(more, "&Views", self.views)
        add_field(more, "P&asses", self.passes)
        more.setRowVisible(self.passes, False)
        add_field(more, "P&recision", self.precision)
        more.addRow(self.early)
        more.addRow(Caption("Each decoy key costs one pass over all pictures. Private pictures prove more for less."))
        self._advanced.setLayout(more)
        self.body.addLayout(usual)
        self.body.addWidget(self._outlook)
        self.body.addWidget(self.how_long, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._fold)
