"""What the card of the model shows of it: rows of facts, and everything for the dialog of its details."""

from collections.abc import Mapping
from dataclasses import replace

from mtgui.auditing.architectures.generator_description import NOT_PROVED, GeneratorDescription
from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.job.audit_request import ModelChoice
from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.common.errors import readable_name
from mtgui.common.texts import text
from mtgui.common.words import size
from mtgui.desktop.audit.model_summary import SHORT_HASH, InputFacts, ModelSummary
from mtgui.desktop.widgets.fact_dialog import Facts
from mtgui.desktop.widgets.step_cards import Fact

OTHER_BASE = "With a wrong base, evidence is harder to find, and no false alarm is more likely."


def model_facts(choice: ModelChoice | None, summary: ModelSummary | None) -> list[Fact]:
    """Return the rows of the card; none without a ``choice``, its name alone while it is read."""
    if choice is None:
        return []
    name = readable_name(choice.path)
    if summary is None:
        return [Fact("File", name)]
    facts = [Fact("File", f"{name} · {size(summary.size)}", f"{choice.path}\nSHA-256 {summary.file_hash}")]
    if choice.factory is not None:
        facts.append(Fact("Architecture", f"from {choice.factory}", "", "caution"))
    elif summary.title:
        certain = summary.sureness.partition(". ")[0].rstrip(".")
        tip = f"{summary.architecture}\n{summary.sureness}"
        facts.append(Fact("Architecture", f"{summary.title} · {certain}" if certain else summary.title, tip))
    else:
        facts.append(Fact("Architecture", "not recognised", "", "caution"))
    if summary.generator is not None:
        return [*facts, *_generator_facts(summary, summary.generator)]
    if summary.is_graph and not summary.classes:
        facts.append(Fact("Classes", "known once it runs"))
    if summary.classes:
        names = f", names from {summary.class_names_origin or 'the file'}" if summary.class_names else ", names unknown"
        facts.append(Fact("Classes", f"{summary.classes:,}{names}"))
    if summary.input is not None:
        if choice.input is None:
            facts.append(Fact("Input", f"{summary.input.sentence} ({summary.input.origin or 'default'})"))
        else:
            facts.append(Fact("Input", f"{_chosen(choice.input, summary)} (yours)", summary.input.sentence))
    if summary.renamed or summary.ignored:
        facts.append(Fact("Rescued", _rescued(summary)))
    if summary.weights_hash:
        facts.append(Fact("Weights", f"SHA-256 {summary.weights_hash[:SHORT_HASH]}…", summary.weights_hash))
    return facts


def _generator_facts(summary: ModelSummary, generator: GeneratorDescription) -> list[Fact]:
    """Return what a LoRA says of its training, and its base; the base of a whole model may be left out."""
    facts = [
        Fact("Training", text("says {told}", told=t), NOT_PROVED) for about, t in summary.says if about == "training"
    ]
    said = generator.base_in_words
    if generator.base is not None:
        agrees = generator.base.agreement in (None, "same")
        tone = "" if generator.has_base and agrees else "caution"
        return [
            *facts,
            Fact("Base", said, f"{generator.base.path}\n{OTHER_BASE}" if tone else generator.base.path, tone),
        ]
    if summary.lacks_base:
        return [*facts, Fact("Base", text("{needs}: choose the file", needs=said), NOT_PROVED, "caution")]
    return [*facts, Fact("Base", said)]


def _origins(summary: ModelSummary) -> Mapping[str, str]:
    return {} if summary.input is None else vars(summary.input.origins)


def _rescued(summary: ModelSummary) -> str:
    parts = []
    if summary.renamed:
        parts.append(f"{summary.renamed:,} renamed")
    if summary.ignored:
        parts.append(f"{len(summary.ignored):,} left out")
    return f"{', '.join(parts)}: see Details"


def _chosen(choice: PreprocessingHint, summary: ModelSummary) -> str:
    found = Preprocessing() if summary.input is None else summary.input.values
    given = {name: value for name, value in vars(choice).items() if name != "origin" and value is not None}
    if choice.resize == "none":
        given["resize"] = None
    return InputFacts(replace(found, **given), Origins("", "", "", "")).sentence


def model_details(choice: ModelChoice, summary: ModelSummary) -> Facts:
    """Return everything that the engine said about the model."""
    rows = [
        ("File", str(choice.path)),
        ("Format", summary.format),
        ("Parameters", f"{summary.parameters:,}"),
        ("How sure", summary.sureness),
        *summary.rows,
        ("Base", "" if summary.generator is None else summary.generator.base_in_words),
        *((f"Says {about}", text) for about, text in summary.says),
        ("Also fits", ", ".join(summary.alternatives[:8])),
        ("Input", summary.input.sentence if summary.input else ""),
        *((f"{name.capitalize()} from", text) for name, text in _origins(summary).items()),
        ("SHA-256", summary.file_hash),
        ("Weights", summary.weights_hash),
        ("Limits", "; ".join(summary.limits)),
    ]
    left_out = tuple(f"Left out: {name}" for name in summary.ignored)
    return Facts(
        window_title="Details of the model",
        headline=summary.title or readable_name(choice.path),
        icon_name="shield",
        icon_role="accent",
        rows=[(name, value) for name, value in rows if value],
        commitment="",
        list_title="Worth knowing",
        list_lines=(*summary.notes, *left_out),
        folder=choice.path.parent,
    )
