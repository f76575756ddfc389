"""Decides what a diffusion model predicts, where its file does not say so, by all unmarked originals."""

from collections.abc import Generator, Sequence

from mtgui.auditing.diffusion.denoiser import likelier_prediction
from mtgui.auditing.engine.original_losses import originals_task
from mtgui.auditing.engine.prepared_originals import prepare_pictures
from mtgui.auditing.engine.views import ONE_VIEW
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.auditing.job.denoisers import ReadDenoiser
from mtgui.auditing.job.originals_shown import shown_originals
from mtgui.auditing.job.run_context import RunContext
from mtgui.auditing.job.subject import AuditSubject
from mtgui.common.control import Control
from mtgui.common.errors import readable_name
from mtgui.common.events import Event, Noticed

_BY_ORIGINALS = "the lower mean loss of all unmarked originals together"


def decide_prediction(
    read: ReadDenoiser,
    subjects: Sequence[AuditSubject],
    request: AuditRequest,
    around: RunContext,
    control: Control,
) -> Generator[Event, None, ReadDenoiser]:
    """Return ``read`` with what its networks predict: the type of least mean loss on all unmarked originals together.

    Published and withheld originals count alike, so the choice does not depend on the draw. With missing originals
    nothing is shown to the model, and the usual type is taken. Raises the errors of the engine, CancelledError.
    """
    if any(subject.is_missing.any() for subject in subjects):
        sentence = (
            f"{readable_name(read.path)} does not say whether it predicts noise or velocity, and originals that could "
            "tell are missing, so noise was assumed, which is usual. If that is wrong, evidence is harder to find."
        )
        yield Noticed(sentence)
        return read.predicting("epsilon", "usual, since originals that could tell are missing")
    model = read.networks.question(around.device, request.precision)
    originals = [original for subject in subjects for original in subject.unmarked()]
    pictures = list(prepare_pictures(originals, model.preprocessing, ONE_VIEW, around.most_threads, control))
    task = originals_task(model, pictures)
    batch = request.batch or model.first_batch
    losses = yield from shown_originals(task, "trying what the model predicts", batch, control)
    return read.predicting(likelier_prediction(losses), _BY_ORIGINALS)
