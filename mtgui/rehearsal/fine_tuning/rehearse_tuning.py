"""The whole rehearsal of LoRAs: a base, a model of every artist's copies, audits, and the result."""

import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import torch

from mtgui.auditing.diffusion.network_building import how_to_install, missing_libraries
from mtgui.auditing.diffusion.networks import LoraFile, ModelFile
from mtgui.auditing.engine.devices import Device, choose_device
from mtgui.auditing.engine.torch_threads import allowed_threads, using_threads
from mtgui.common.codec import to_values
from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from mtgui.common.events import Event, Finished, Noticed, Started
from mtgui.rehearsal.findings.intervals import share_interval
from mtgui.rehearsal.findings.sentence import made_before
from mtgui.rehearsal.fine_tuning.artist_audits import audited_tuning, p_of
from mtgui.rehearsal.fine_tuning.artist_files import save_artist
from mtgui.rehearsal.fine_tuning.low_rank import layers_in, read_lora
from mtgui.rehearsal.fine_tuning.pixel_network import read_model
from mtgui.rehearsal.fine_tuning.trainings import ArtistTask, settings_of, train_artist, train_base
from mtgui.rehearsal.fine_tuning.tuning_folder import TuningFolder
from mtgui.rehearsal.fine_tuning.tuning_progress import Pace
from mtgui.rehearsal.fine_tuning.tuning_request import TuningRequest, settings_values, tuning_identity
from mtgui.rehearsal.fine_tuning.tuning_result import ArtistResult, ExposurePoint, TuningResult
from mtgui.rehearsal.fine_tuning.tuning_sentence import tuning_sentence
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.fine_tuning.tuning_work import AUDITS, BATCH, PASSES, work_of_tuning
from mtgui.rehearsal.pictures.users import User, absent_training
from mtgui.rehearsal.rehearsal_events import ArtistAudited

_PASS = 1 / 3
"""About the share of the work of a picture in a step of training that a forward pass is."""


def check_libraries() -> None:
    """Raise UsageError if the libraries that build diffusion models are not installed."""
    missing = missing_libraries()
    if missing:
        raise UsageError(
            f"Rehearsals of LoRAs need more than mtgui itself: {' and '.join(missing)}. To install what is "
            f"missing: {how_to_install()}"
        )


def rehearse_tuning(request: TuningRequest, control: Control | None = None) -> Iterator[Event]:
    """Carry out ``request``; the last event is `Finished` with the values of a `TuningResult`.

    With a folder, a finished base and finished artists of the same rehearsal are not trained again; if the results are
    there, nothing is. Raises UsageError for missing libraries or too few pictures, errors of the engine, OSError and
    CancelledError.
    """
    check_libraries()
    artists = request.artists()
    with ExitStack() as stack:
        out = request.out or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mtgui-rehearsal-")))
        folder = TuningFolder(out, tuning_identity(request))
        kept = folder.results()
        if kept is not None:
            yield Noticed(made_before(kept["settings"]["device"], request.settings.threads or None))
            yield Finished(kept)
            return
        folder.begin(artists)
        device = choose_device(request.settings.device)
        threads = request.settings.threads or allowed_threads()
        with using_threads(threads if device.kind == "cpu" else None):
            run = _Run(request, artists, folder, device, control or Control())
            result = yield from run.result(device.with_threads(threads) if device.kind == "cpu" else device)
        folder.keep_results(result.values())
        yield Finished(result.values())


@dataclass(frozen=True)
class _Run:
    """One run of a rehearsal in its folder."""

    request: TuningRequest
    artists: tuple[User, ...]
    folder: TuningFolder
    device: Device
    control: Control

    @property
    def settings(self) -> TuningSettings:
        return self.request.settings

    def result(self, where: Device) -> Generator[Event, None, TuningResult]:
        """Train and audit what is not there yet; return the result. where: the device as people know it."""
        work = work_of_tuning(self.settings, [user.counts for user in self.artists])
        total = work.steps + _PASS * work.passes
        pace = Pace(total, self.control)
        yield Started(
            "rehearsing LoRAs" if self.settings.fine_tune == "lora" else "rehearsing fine-tunes", round(total)
        )
        if self.folder.base.is_file():
            pace.skip(self.settings.base_steps * BATCH)
        else:
            pixels = torch.from_numpy(absent_training(self.request.data, self.artists).pixels)
            yield from train_base(self.folder.base, pixels, self.settings, self.device, pace)
        found = list[ArtistResult]()
        for user in self.artists:
            one = yield from self._artist(user, pace)
            found.append(one)
        return self._put_together(found, where)

    def _artist(self, user: User, pace: Pace) -> Generator[Event, None, ArtistResult]:
        """Return what is found of ``user``."""
        exposures, number = self.settings.exposures, user.number
        stored = self.folder.findings(number, exposures)
        if stored is not None:
            pace.skip(self._training(user) + len(exposures) * AUDITS * self._audit(user))
            for place, exposure in enumerate(exposures):
                both = stored.p_values[place], stored.innocent[place]
                yield ArtistAudited(number, exposure, *both, is_own=user.is_own, was_there=True)
            return stored
        paths = {exposure: self.folder.model(number, exposure) for exposure in exposures}
        task = ArtistTask(self.folder.base, torch.from_numpy(user.copies), number, paths)
        yield from train_artist(task, self.settings, self.device, pace)
        base, own, innocent = self._base(), list[float](), list[float]()
        other, least = self.artists[(number + 1) % len(self.artists)], 1.0
        for exposure in exposures:
            subject = audited_tuning(self._file(paths[exposure]), base, self.device)
            for whose, ps in ((user, own), (other, innocent)):
                p_value, smallest = p_of(subject, whose, self.settings.alpha, self.control)
                ps.append(p_value)
                least = smallest if whose is user else least
                yield from pace.did(self._audit(whose))
            yield ArtistAudited(number, exposure, own[-1], innocent[-1], is_own=user.is_own)
        result = ArtistResult(number, tuple(own), tuple(innocent), least, user.is_own)
        save_artist(self.folder.of_artist(number), user)
        self.folder.keep_findings(to_values(result), number)
        return result

    def _training(self, user: User) -> float:
        return self.settings.exposures[-1] * len(user.published)

    def _audit(self, user: User) -> float:
        return _PASS * PASSES * len(user.block.pool)

    def _base(self) -> ModelFile:
        return read_model(self.folder.base, settings_of(self.settings))

    def _file(self, path: Path) -> ModelFile | LoraFile:
        if self.settings.fine_tune == "lora":
            return read_lora(path, layers_in(path), self.settings.rank)
        return read_model(path, settings_of(self.settings))

    def _put_together(self, artists: Sequence[ArtistResult], where: Device) -> TuningResult:
        alpha = float(self.settings.alpha)
        points = [_point(artists, place, number, alpha) for place, number in enumerate(self.settings.exposures)]
        return TuningResult(
            settings={**settings_values(self.request), "device": where.title},
            exposures=self.settings.exposures,
            artists=tuple(artists),
            points=tuple(points),
            sentence=tuning_sentence(self.settings.fine_tune, points, artists, alpha),
            own=next((one.artist for one in artists if one.is_own), None),
        )


def _point(artists: Sequence[ArtistResult], place: int, exposures: int, alpha: float) -> ExposurePoint:
    found = sum(one.p_values[place] <= alpha for one in artists)
    accused = sum(one.innocent[place] <= alpha for one in artists)
    low, high = share_interval(found, len(artists))
    return ExposurePoint(exposures, found, len(artists), found / len(artists), low, high, accused)
