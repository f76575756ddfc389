"""Checks that refuse an impossible audit before any costly work."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from mtgui.auditing.job.audit_request import AuditRequest, Missing
from mtgui.auditing.job.labels import FROM_RECORD, MODEL_CHOICE, label_for_all, labels_of_record
from mtgui.auditing.job.read_models import ReadModel
from mtgui.auditing.job.subject import AuditSubject
from mtgui.auditing.statistics.adjusted_p import refuse_unreachable
from mtgui.common.errors import StorageError, UsageError, printable, readable_name, storage_reason
from mtgui.common.files import is_folder
from mtgui.common.words import listed
from mtgui.records.attainable_p import Attainable, AuditSize, attainable

_NAMED = 5


def check_reports(paths: Iterable[Path]) -> None:
    """Raise StorageError if a report could not be written at the end of the audit."""
    for path in paths:
        name, folder = printable(path), path.absolute().parent
        if is_folder(path):
            raise StorageError(f"The report “{name}” cannot be written: it is a folder, not a file.")
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise StorageError(unwritten(path, error)) from error


def unwritten(path: Path, error: OSError) -> str:
    """Return one sentence on why the report at ``path`` cannot be written."""
    folder = path.absolute().parent
    reason = storage_reason(error)
    if isinstance(error, FileNotFoundError) and not os.path.lexists(folder):
        reason = f"there is no folder “{printable(path.parent)}”; make it, or choose another"
    return f"The report “{printable(path)}” cannot be written: {reason}."


def check_reach(
    request: AuditRequest, subjects: Sequence[AuditSubject], *, are_keys_dear: bool = False
) -> tuple[AuditSize, ...]:
    """Raise UsageError if even the smallest p of a record exceeds α; earlier runs are not counted here.

    are_keys_dear: True if a model is audited that needs long for each decoy key. Returns the size of each record's
    audit, the same for all models.
    """
    sizes = tuple(subject.size(request.keys, request.draws, are_keys_dear=are_keys_dear) for subject in subjects)
    for best in attainable(sizes, len(request.models)):
        refuse_unreachable(best, request.alpha)
    return sizes


def check_runs(request: AuditRequest, sizes: Sequence[AuditSize], record: int, runs: int) -> Attainable:
    """Raise UsageError if the audit of record number ``record``, the last of ``runs`` on its model, cannot reach α.

    sizes: the result of `check_reach`. Returns the best result that the audit can reach.
    """
    counts = [runs if number == record else 1 for number in range(len(sizes))]
    best = attainable(sizes, len(request.models), counts)[record]
    refuse_unreachable(best, request.alpha)
    return best


def check_labels(label: str | None, subjects: Iterable[AuditSubject], models: Sequence[ReadModel]) -> None:
    """Raise UsageError if ``label``, as in a request, does not fit a record or a model."""
    for subject in subjects:
        for model in models:
            rule = model.label_rule(label, subject)
            if rule == MODEL_CHOICE and subject.is_missing.any():
                names = model.class_names
                raise UsageError(
                    f"Originals of {readable_name(subject.path)} are missing, and the model's own choice of a "
                    f"{names.thing} must look at all of them. {names.other_ways}"
                )
            if rule == FROM_RECORD:
                labels_of_record(subject.pool, model.class_names)
            elif rule != MODEL_CHOICE:
                label_for_all(rule, len(subject.rows), model.class_names)


def check_candidates(subjects: Iterable[AuditSubject], models: Iterable[ReadModel]) -> None:
    """Raise UsageError if originals must decide between the networks that fit a model, and some are missing."""
    for subject in subjects:
        if not subject.is_missing.any():
            continue
        for model in models:
            if model.recognition.is_undecided:
                names = [candidate.match.architecture for candidate in model.recognition.candidates]
                raise UsageError(
                    f"{len(names)} networks fit {readable_name(model.path)}, and all originals together must decide "
                    f"between them, but originals of {readable_name(subject.path)} are missing. Find them, or choose "
                    f"the network with --architecture: {listed(names, _NAMED)}."
                )


def check_missing(subject: AuditSubject, rule: Missing, places: Iterable[Path]) -> None:
    """Raise UsageError if originals are missing and ``rule`` does not allow that, or if all are missing."""
    lost = (*subject.originals.changed, *subject.originals.missing)
    if not lost:
        return
    looked = ", ".join(f"“{printable(place)}”" for place in places) or f"the folder of {readable_name(subject.path)}"
    total = len(subject.rows)
    if not subject.originals.found:
        raise UsageError(
            f"None of the {total} originals of {readable_name(subject.path)} was found in {looked}. Point at the "
            "folder that holds the unmarked originals (--pictures DIR); is this the right record for these pictures?"
        )
    if rule == "refuse":
        were = "was" if len(lost) == 1 else "were"
        names = ", ".join(printable(name) for name in lost[:_NAMED]) + (", …" if len(lost) > _NAMED else "")
        raise UsageError(
            f"{len(lost)} of the {total} originals of {readable_name(subject.path)} {were} changed or not found in "
            f"{looked}: {names}. Point at the unmarked originals as they were (--pictures DIR), or let the missing "
            "ones count against the claim (--missing against)."
        )
