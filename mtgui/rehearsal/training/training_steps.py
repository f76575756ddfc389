"""One step of a training: augmentation, loss, and update of the weights."""

import random
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtgui.auditing.engine.devices import Device, computing
from mtgui.rehearsal.pictures.augmentation import box_around, draw_moves, flipped_and_cropped, mixed, pasted
from mtgui.rehearsal.training.graph_recording import CudaRecorder, Drawn, RecordedSteps, Recorder
from mtgui.rehearsal.training.private_training import PrivateSteps
from mtgui.rehearsal.training.small_networks import Network, logits_in
from mtgui.rehearsal.training.training_plan import TrainingPlan

_TEMPERATURE = 4.0


class Stepper:
    """Takes steps of training ``network``, which is on its device, by ``plan``.

    With a ``teacher``, its answers replace the labels. All random values come from ``generator`` and from the arguments
    of each step. A step first draws its random values and then computes with them, so a card can replay the second part
    from a recording.
    """

    def __init__(
        self,
        plan: TrainingPlan,
        network: Network,
        device: Device,
        generator: torch.Generator,
        pictures: tuple[Tensor, Tensor],
        teacher: nn.Module | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """Take over the network.

        pictures: all pixels, (N, 3, h, w) uint8, and labels, (N,) int64, on the device. teacher: takes the same
        pictures as the network. recorder: None for that of the device, if it has one.
        """
        self._plan, self._module, self._device = plan, network.module, device
        self._generator, self._teacher = generator, teacher
        self._pixels, self._labels = pictures
        self._format = torch.channels_last if device.takes_channels_last else torch.contiguous_format
        where = device.torch_device
        self._scale, self._shift = normalisation(network, where)
        self.loss_sum = torch.zeros((), device=where)
        self.hits = torch.zeros((), dtype=torch.int64, device=where)
        if recorder is None and device.kind == "cuda":
            recorder = CudaRecorder(where)
        # Both prevent recording: dropout draws random values while it computes; opacus reads gradients on the host.
        if plan.dropout or plan.private_noise is not None:
            recorder = None
        self._rate_there = None if recorder is None else torch.zeros((), device=where)
        self.optimiser = _optimiser(plan, network.module, self._rate_there)
        self._private: PrivateSteps | None = None
        if plan.private_noise is not None:
            self._private = PrivateSteps(
                network.module,
                self.optimiser,
                device,
                generator,
                noise=plan.private_noise,
                clip=plan.private_clip,
                expected=plan.batch,
                label_smoothing=plan.label_smoothing,
            )
        self._recorded: RecordedSteps | None = None
        if recorder is not None:
            trial = {"rate": torch.full((), plan.rate, device=where)}
            self._recorded = RecordedSteps(self._compute, self._state, recorder, plan.batch, trial)

    def take_notices(self) -> list[str]:
        """Return the notices since the last call."""
        return [] if self._recorded is None else self._recorded.take_notices()

    def begin(self) -> None:
        """Set ``loss_sum``, over all pictures shown, and ``hits``, the number of correct answers, to 0."""
        self.loss_sum.zero_()
        self.hits.zero_()

    def step(self, rows: Tensor, rate: float, chance: random.Random) -> None:
        """Take one step on the pictures of ``rows``, (B,) int64, and add to the sums."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate if self._rate_there is None else self._rate_there
        drawn = self._drawn(rows, rate, chance)
        if self._private is not None:
            loss, hits = self._private.step(self._inputs(drawn), self._labels[rows])
            self.loss_sum += loss
            self.hits += hits
        elif self._recorded is None:
            self._compute(drawn)
        else:
            self._recorded.step(drawn)

    def release(self) -> None:
        """Free the recording, and the gradients, which lie in its memory on the card."""
        self._recorded = None
        self.optimiser.zero_grad(set_to_none=True)

    def _state(self) -> Sequence[Tensor]:
        """Return all tensors that a step changes."""
        held = [value for one in self.optimiser.state.values() for value in one.values() if isinstance(value, Tensor)]
        return [*self._module.state_dict().values(), *held, self.loss_sum, self.hits]

    def _drawn(self, rows: Tensor, rate: float, chance: random.Random) -> Drawn:
        """Return rows, rate, and the random values of augmentation and mixing."""
        plan, where = self._plan, rows.device
        drawn = {"rows": rows, "rate": torch.full((), rate, device=where)}
        if plan.augmentation == "flip and crop":
            drawn["shifts"], drawn["mirrored"] = draw_moves(len(rows), self._generator)
        if plan.private_noise is not None or not (plan.mixup or plan.cutmix):
            return drawn
        pastes = bool(plan.cutmix) and (not plan.mixup or chance.random() < 0.5)
        strength = plan.cutmix if pastes else plan.mixup
        share = own = chance.betavariate(strength, strength)
        drawn["partners"] = torch.randperm(len(rows), generator=self._generator, device=where)
        box: tuple[int, ...] = (0, 0, 0, 0)
        if pastes:
            size = (self._pixels.shape[2], self._pixels.shape[3])
            box, own = box_around((chance.random(), chance.random()), share, size)
            share = 1.0
        sent = sent_to(where, [share, 1 - share, own, 1 - own, *box])
        drawn["shares"], drawn["box"] = sent[:4], sent[4:]
        return drawn

    def _inputs(self, drawn: Drawn) -> Tensor:
        pixels = self._pixels[drawn["rows"]]
        if "shifts" in drawn:
            pixels = flipped_and_cropped(pixels, drawn["shifts"], drawn["mirrored"])
        return pixels.to(torch.float32, memory_format=self._format).mul_(self._scale).add_(self._shift)

    def _compute(self, drawn: Drawn) -> None:
        """Update the weights and the sums; nothing here waits for the results of a card."""
        plan, labels = self._plan, self._labels[drawn["rows"]]
        if self._rate_there is not None:
            self._rate_there.copy_(drawn["rate"])
        inputs = self._inputs(drawn)
        if plan.mixup and "partners" in drawn:
            inputs = mixed(inputs, drawn["shares"], drawn["partners"])
        if plan.cutmix and "partners" in drawn:
            inputs = pasted(inputs, drawn["box"], drawn["partners"])
        with computing(self._device, "tf32"):
            with torch.autocast(self._device.kind, dtype=torch.bfloat16, enabled=plan.precision == "bfloat16"):
                logits = logits_in(self._module(inputs))
            logits = logits.float()
            loss = self._loss(logits, inputs, labels, drawn)
            self.optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            self.optimiser.step()
        self.loss_sum += loss.detach() * len(labels)
        self.hits += (logits.detach().argmax(1) == labels).sum()

    def _loss(self, logits: Tensor, inputs: Tensor, labels: Tensor, drawn: Drawn) -> Tensor:
        if self._teacher is not None:
            return _distance(logits, self._teacher, inputs)
        smoothing = self._plan.label_smoothing
        loss = functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        if "partners" in drawn:
            other = functional.cross_entropy(logits, labels[drawn["partners"]], label_smoothing=smoothing)
            loss = drawn["shares"][2] * loss + drawn["shares"][3] * other
        return loss


def sent_to(where: torch.device, values: Sequence[float]) -> Tensor:
    """Return ``values`` as float32 on the device ``where``, without waiting for earlier work of a card."""
    held = torch.tensor(values, dtype=torch.float32, pin_memory=where.type == "cuda")
    return held.to(where, non_blocking=True)


def normalisation(network: Network, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return a factor and a summand, (1, 3, 1, 1) each, which turn 8-bit pixels into the input of ``network``."""
    mean, std = (torch.tensor(v, dtype=torch.float64).view(1, 3, 1, 1) for v in (network.mean, network.std))
    return (1 / (255 * std)).float().to(device), (-mean / std).float().to(device)


def _distance(logits: Tensor, teacher: nn.Module, inputs: Tensor) -> Tensor:
    """Return the distillation loss of ``logits`` against the teacher's (Hinton et al. 2015, arXiv 1503.02531)."""
    with torch.no_grad():
        wanted = torch.softmax(logits_in(teacher(inputs)).float() / _TEMPERATURE, dim=1)
    said = torch.log_softmax(logits / _TEMPERATURE, dim=1)
    return functional.kl_div(said, wanted, reduction="batchmean") * _TEMPERATURE**2


def _optimiser(plan: TrainingPlan, module: nn.Module, rate: Tensor | None) -> torch.optim.Optimizer:
    """Return the optimiser of ``plan``.

    rate: a tensor on the device, or None. With it, the optimiser reads the rate there at each step, and needs few
    kernels.
    """
    given, is_recorded = plan.rate if rate is None else rate, rate is not None
    parameters, decay = list(module.parameters()), plan.weight_decay
    if plan.optimiser == "adamw":
        return torch.optim.AdamW(
            parameters, lr=given, weight_decay=decay, capturable=is_recorded, fused=True if is_recorded else None
        )
    return torch.optim.SGD(
        parameters, lr=given, momentum=plan.momentum, weight_decay=decay, fused=True if is_recorded else None
    )
