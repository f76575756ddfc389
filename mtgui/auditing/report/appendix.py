"""The appendix of a report: method, numbers, pictures, model, record, program."""

import base64
from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np

from mtgui.auditing.architectures.trials import Trial
from mtgui.auditing.loss_kinds import UNITS_PER_LOSS, LossFacts
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.auditing.report import method
from mtgui.auditing.report.document import ModelPart, RecordPart, Report, ResultPart
from mtgui.auditing.report.markup import Child, Markup, definition, element, joined
from mtgui.common.words import alpha_text, counted, moment, nats, p_text, percent, size, time_taken
from mtgui.records.attainable_p import run_factor

_MOST_SHOWN = 12
_KINDS = ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG", "png"), (b"RIFF", "webp"))
_FOUND = {"file hash": "unchanged file", "pixel hash": "same pixels, changed file", "missing": "missing"}


def appendix(report: Report, thumbnails: Mapping[str, bytes]) -> Markup:
    """Return everything after the first page."""
    return joined(
        element("section", _method(), class_="appendix"),
        *(_result(report, result) for result in report.results),
        *(_pictures(report, result, thumbnails) for result in report.results),
        *(_model(model) for model in report.models),
        *(_record(record) for record in report.records),
        _program(report),
    )


def _method() -> Markup:
    return joined(
        element("h2", "The method in plain words"),
        *(element("p", step) for step in method.STEPS),
        element("h3", "Its limits"),
        element("ul", *(element("li", limit) for limit in method.LIMITS)),
        element("p", method.SOURCE, class_="muted"),
        element("h3", "Proving it again"),
        element("p", method.PROVING),
    )


def _result(report: Report, result: ResultPart) -> Markup:
    model, record = report.pair(result)
    found, settings, scale = result.findings, report.settings, result.scale(model)
    pair = f": {model.name}, {record.name}" if len(report.results) > 1 else ""
    early = f"stopped after {counted(len(result.columns), 'key')} of {result.keys + 1:,}"
    rows: list[tuple[str, Child]] = [
        ("Set loss", scale.in_words(found.set_loss)),
        *_loss_rows(result.loss_facts),
        ("Grid", f"{counted(found.draws, 'draw')} × {counted(result.keys + 1, 'key')} = {found.grid:,}"),
        ("Not larger than the true one", f"{found.at_most:,} of {found.counted:,}, the true one included"),
        ("p-value", _exactly(found.p_value)),
        ("Smallest possible p", _exactly(found.smallest_p)),
        (
            "Runs of this record on this model",
            f"{result.runs:,}" + f"; the p-value is multiplied by {run_factor(result.runs):,}" * (result.runs > 1),
        ),
        ("p-values adjusted together", f"{len(report.family):,} (Holm)"),
        ("Adjusted p-value", _exactly(result.p_adjusted)),
        ("Stopped early", early if found.stopped_early else "no"),
        ("Picture coin alone", f"{p_text(found.picture_coin)}, as description only"),
        ("Key coin alone", f"{p_text(found.key_coin)}, as description only"),
        ("Level α", f"{alpha_text(settings.alpha)} ({percent(settings.alpha)})"),
        ("Draws asked for", f"{settings.reference_draws:,}, and the true one"),
        ("Views of each picture", f"{settings.views:,}"),
        ("Missing originals", "counted against the claim" if settings.missing == "against" else "refused"),
        ("Label", result.label.sentence),
        (
            "Label names",
            _some([f"{index} {name}" for index, name in result.label.names] * (len(result.label.names) > 1)),
        ),
        ("Forward passes", f"{result.forward_passes:,}, {result.batch:,} at a time, in {time_taken(result.seconds)}"),
        *(("Note", note) for note in result.notes),
    ]
    return joined(element("h2", f"Numbers and settings{pair}"), definition(rows))


def _loss_rows(facts: LossFacts) -> Iterator[tuple[str, Child]]:
    """Yield what the losses are, where they are no cross-entropies."""
    if facts.kind == "cross-entropy":
        return
    base = facts.base
    yield "Loss", facts.kind
    yield (
        "Base",
        None if base is None else joined(base.name, element("br"), "weights ", element("code", base.weights_hash)),
    )
    yield "Prompts", _some([f"{number} “{prompt}”" for number, prompt in enumerate(facts.prompts)])
    yield "Predicts", f"{facts.prediction} ({facts.prediction_origin})" if facts.prediction else None
    yield "Timesteps", ", ".join(map(str, facts.timesteps)) or None
    yield "Noise", facts.noise or None
    yield "Forward passes for each picture and key", f"{facts.passes:,}"


def _exactly(value: Fraction) -> str:
    """Return a probability as text: rounded up, and as the exact fraction."""
    return "1" if value == 1 else f"{p_text(value)} ({value})"


def _pictures(report: Report, result: ResultPart, thumbnails: Mapping[str, bytes]) -> Markup:
    model, record = report.pair(result)
    pair = f": {model.name}, {record.name}" if len(report.results) > 1 else ""
    losses = result.losses.values / UNITS_PER_LOSS
    true, scale = result.columns.index(0), result.scale(model)
    digits = 4 if scale.unit else 6
    decoys = np.delete(losses, true, axis=0)
    has_labels = len(set(result.label.indices)) > 1
    names = ("", "Picture", "Picture id", "Original", *(("Label",) if has_labels else ()))
    head = element(
        "tr",
        *(element("th", name, scope="col") for name in names),
        element("th", "Loss under the mark key", scope="col", class_="number"),
        element("th", "Mean under decoy keys", scope="col", class_="number"),
    )
    labels = dict(result.label.names)
    private = 0
    rows = []
    for row, picture in enumerate(record.pictures):
        private += not picture.is_published
        label = result.label.indices[row]
        name = picture.name or f"published picture {row + 1}" if picture.is_published else f"private picture {private}"
        rows.append(
            element(
                "tr",
                element("td", _thumbnail(thumbnails.get(picture.picture_id)) if picture.is_published else _kept()),
                element("td", name, class_=None if picture.is_published else "muted"),
                element("td", element("code", picture.picture_id[:12]), class_="short"),
                element("td", _FOUND[picture.found], class_="short"),
                element("td", f"{label} {labels.get(label, '')}".strip()) if has_labels else None,
                element("td", f"{losses[true, row]:.{digits}f}", class_="number"),
                element("td", f"{decoys[:, row].mean():.{digits}f}" if len(decoys) else "–", class_="number"),
            )
        )
    table = element("table", element("thead", head), element("tbody", *rows), class_="pictures")
    unit = f", losses in {scale.unit}" if scale.unit else ""
    return joined(
        element("h2", f"Pictures{pair}"),
        element(
            "p",
            f"In the order of the loss matrix{unit}. Pictures kept private are shown without name or image.",
            class_="muted",
        ),
        element("div", table, class_="wide"),
    )


def _thumbnail(data: bytes | None) -> Markup | None:
    for start, kind in _KINDS:
        if data is not None and data.startswith(start):
            return element("img", src=f"data:image/{kind};base64,{base64.b64encode(data).decode()}", alt="")
    return None


def _kept() -> Markup:
    return element("span", class_="kept", title="kept private")


def _model(model: ModelPart) -> Markup:
    origins, preprocessing = model.origins, model.preprocessing
    order = "" if preprocessing.channels == "RGB" else f", channels {preprocessing.channels}"
    rows: list[tuple[str, Child]] = [
        ("Format", model.format),
        ("Architecture", f"{model.architecture}; {model.certainty}"),
        ("Networks that fit", _some([_trial(trial) for trial in model.trials])),
        ("Classes", f"{model.classes:,}"),
        *(
            (
                "File",
                joined(f"{file.name}, {size(file.size)}", element("br"), "SHA-256 ", element("code", file.sha256)),
            )
            for file in model.files
        ),
        ("Hash of the weights", element("code", model.weights_hash)),
        ("Resized to", f"{_resize(preprocessing)} ({origins.resize})"),
        ("Cropped to", f"{_sides(preprocessing.crop)} ({origins.crop})"),
        ("Interpolation", f"{preprocessing.interpolation} ({origins.interpolation})"),
        (
            "Mean and deviation",
            f"{_list(preprocessing.mean)} and {_list(preprocessing.std)}{order} ({origins.normalisation})",
        ),
        ("Renamed tensors", _some([f"{old} → {new}" for old, new in model.renamed])),
        ("Left out", _some(list(model.ignored))),
        *(("Note", note) for note in model.notes),
    ]
    return joined(element("h2", f"Model: {model.name}"), definition(rows))


def _trial(trial: Trial) -> str:
    if trial.loss is None:
        return f"{trial.title}: cannot compute the originals"
    distance = "" if trial.divergence is None else f", {nats(trial.divergence)} nats from the stored statistics"
    return f"{trial.title}: mean loss {nats(trial.loss)} nats{distance}"


def _resize(preprocessing: Preprocessing) -> str:
    if preprocessing.resize is None:
        return "not resized"
    if isinstance(preprocessing.resize, int):
        return f"short side {preprocessing.resize} pixels"
    return _sides(preprocessing.resize)


def _sides(sides: tuple[int, int]) -> str:
    return f"{sides[0]} × {sides[1]} pixels"


def _list(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _some(entries: list[str]) -> Child:
    """Return the first few of ``entries``, and the number of those left out."""
    if not entries:
        return None
    more = [f"… and {len(entries) - _MOST_SHOWN:,} more, all in the JSON report"] if len(entries) > _MOST_SHOWN else []
    lines = [*entries[:_MOST_SHOWN], *more]
    return joined(lines[0], *(joined(element("br"), line) for line in lines[1:]))


def _record(record: RecordPart) -> Markup:
    rows: list[tuple[str, Child]] = [("Record id", element("code", record.record_id))]
    for number, block in enumerate(record.blocks, start=1):
        which = "" if len(record.blocks) == 1 else f" of block {number}"
        rows += [
            (f"Commitment{which}", element("code", block.commitment)),
            (f"Made{which}", moment(block.created)),
            (f"Mark{which}", f"{block.mark}; {block.mark_algorithm}"),
            (
                f"Pictures{which}",
                f"{counted(block.pool, 'picture')}: {block.published:,} published, {block.withheld:,} kept private",
            ),
        ]
    drawn = len({picture.stratum for picture in record.pictures if picture.stratum is not None})
    rows += [
        ("Strata of the draw", f"{drawn:,}"),
        ("Witness", method.witness_statement(is_witnessed=record.is_witnessed)),
    ]
    return joined(element("h2", f"Mark record: {record.name}"), definition(rows))


def _program(report: Report) -> Markup:
    program = report.program
    rows: list[tuple[str, Child]] = [
        ("mtgui", program.version),
        ("Libraries", ", ".join(f"{name} {version}" for name, version in program.libraries)),
        ("System", program.system),
        ("Device", program.device),
        ("Precision", ": ".join(filter(None, (program.precision, program.precision_effect)))),
        ("Started", moment(program.started)),
        ("Finished", moment(program.finished)),
        *(("Note", note) for note in report.notes),
    ]
    return joined(element("h2", "Program"), definition(rows))
