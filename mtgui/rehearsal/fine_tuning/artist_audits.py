"""Audits artists on LoRAs and fine-tunes with the real engine, by the difference between a model and its base."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from mtgui.auditing.architectures.weights_hash import weights_hash
from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.diffusion.conditions import EMPTY_PROMPT
from mtgui.auditing.diffusion.denoiser import Denoiser
from mtgui.auditing.diffusion.networks import LoraFile, ModelFile, load_networks
from mtgui.auditing.diffusion.schedule import USUAL
from mtgui.auditing.engine.devices import Device
from mtgui.common.control import Control
from mtgui.rehearsal.findings.user_audits import AuditPlan, audit_user
from mtgui.rehearsal.pictures.users import User
from mtgui.rehearsal.rehearsal_result import Design

_DESIGN: Design = "withheld only"
"""Whether a copy was published decides; decoy keys would multiply the passes, and unmarked copies have no key."""


@dataclass(frozen=True)
class AuditedTuning:
    """A LoRA or fine-tune, ready for audits. batch: pictures at a time. weights_hash: of its file, seeds the audits."""

    model: AuditedModel
    batch: int
    weights_hash: str


def audited_tuning(file: ModelFile | LoraFile, base: ModelFile, device: Device) -> AuditedTuning:
    """Return the model in ``file``, compared with its ``base``, on ``device``. Raises ModelError, OSError."""
    networks = load_networks(file, base, [EMPTY_PROMPT])
    model = Denoiser(networks, USUAL.steps_of(networks.plan.schedule), device)
    return AuditedTuning(model, model.first_batch, weights_hash(file.tensors))


def p_of(subject: AuditedTuning, user: User, alpha: Fraction, control: Control) -> tuple[float, float]:
    """Return p of ``user``, exact, and the smallest p that the draw allows. Raises the errors of the engine.

    Only the choice of the published pictures counts, not the key of a mark.
    """
    # A denoiser has a single class: the empty prompt.
    asked = replace(user, labels=np.zeros(len(user.labels), dtype=np.int64))
    audit = audit_user(subject, asked, _DESIGN, AuditPlan(alpha=alpha), control, stops_early=False)
    return (1.0, 1.0) if audit is None else (float(audit.p_value), float(audit.smallest_p))
