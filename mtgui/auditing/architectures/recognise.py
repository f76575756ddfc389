"""Recognises architectures by the names and shapes of a file's tensors, without torch."""

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mtgui.auditing.architectures.cifar import recognition as cifar
from mtgui.auditing.architectures.family import Family, Tensors
from mtgui.auditing.architectures.match import Candidate, Match, ModelHints, Recognition
from mtgui.auditing.architectures.onnx import recognition as onnx
from mtgui.auditing.architectures.other_models import kind_in_words
from mtgui.auditing.architectures.parts import Part, parts
from mtgui.auditing.architectures.preprocessing_choice import resolve
from mtgui.auditing.architectures.problem_type import refuse_other_problems
from mtgui.auditing.architectures.small_pictures import CIFAR10_CLASSES
from mtgui.auditing.architectures.spelling import readings
from mtgui.auditing.architectures.tensor_layouts import by_name
from mtgui.auditing.architectures.timm import recognition as timm
from mtgui.auditing.architectures.torchvision import layout_table as table
from mtgui.auditing.architectures.torchvision import recognition as torchvision
from mtgui.auditing.architectures.transformers import recognition as transformers
from mtgui.common.errors import UsageError
from mtgui.reading.errors import ONE_NUMBER, TWO_NUMBERS, ModelError, quoted
from mtgui.reading.facts import ModelFacts, TensorFacts
from mtgui.reading.hints import SettingError

FAMILIES: tuple[Family, ...] = (torchvision, cifar, transformers, timm)
"""All families of architectures, the most usual first."""
_MOST_SHOWN = 3
_IMAGENET = 1000


class RecognitionError(ModelError):
    """The tensors of a model file fit no architecture, or not the one that was chosen."""


class OtherModelError(ModelError):
    """A model file, for which no architecture was chosen, holds something that is well known and no classifier."""


def recognise_for_audit(
    facts: ModelFacts, hints: ModelHints | None = None, architecture: str | None = None
) -> Recognition:
    """Return what `recognise` returns, for a model that can be audited.

    Raises what `recognise` raises, and RecognitionError for a network with a single output.
    """
    found = recognise(facts, hints, architecture)
    if found.best.classes == 1 and facts.onnx is None:
        reason = f"its tensors are those of {found.best.title}, but it {ONE_NUMBER}; {_OWN_FILE}"
        raise RecognitionError(_path_of(facts), f"{reason} whose network has the same weights, with {TWO_NUMBERS}")
    return found


def recognise(facts: ModelFacts, hints: ModelHints | None = None, architecture: str | None = None) -> Recognition:
    """Return every architecture that the tensors of ``facts`` fit exactly, with preprocessing and class names.

    ``architecture``: the only one to consider, chosen by hand; a name that occurs in several families stands for all of
    them. Raises UsageError if there is none of that name, SettingError if its settings say that it does not choose
    among classes, RecognitionError if nothing fits, OtherModelError if nothing was chosen and it is known to be no
    classifier.
    """
    hints = hints or ModelHints()
    refuse_other_problems(hints.config)
    path = _path_of(facts)
    by_itself = (
        [onnx.match(facts.onnx, hints)] if facts.onnx is not None else _without_choice(facts, hints, architecture)
    )
    found = by_itself
    if facts.onnx is not None and architecture is not None:
        raise UsageError("An ONNX file brings its own network; leave --architecture out.")
    if architecture is not None:
        wanted = architecture.strip().casefold()
        same = [match for match in found if match.is_exact and wanted in _names_of(match.architecture)]
        found = same or [m for name in resolve_names(architecture) for m in _candidates(facts, hints, name)]
    exact = [match for match in found if match.is_exact]
    if not exact:
        if architecture is None and (missing := timm.wanted_but_missing(hints)):
            reason = f"it says that it is {quoted(missing)} of the timm library, which is not installed"
            raise RecognitionError(path, f"{reason}; to read it: {timm.how_to_install()}")
        tensors = [tensor.name for tensor in facts.tensors]
        if architecture is None and (why := transformers.why_not(hints)):
            raise RecognitionError(path, why)
        if architecture is None and (kind := kind_in_words(tensors)):
            raise OtherModelError(path, kind)
        if architecture is None and (why := transformers.wants_settings(tensors, hints)):
            raise RecognitionError(path, why)
        raise RecognitionError(path, _why_not(facts, sorted(found, key=lambda match: match.faults), architecture))
    best = exact[0]
    if architecture is not None:
        timm.check_choice(hints, best.architecture)
    elif facts.onnx is None:
        _check_name(path, hints, best)
    rivals = _rivals(exact, hints)
    taken = {match.architecture for match in rivals}
    fitting = {match.architecture: match for match in (*found, *by_itself) if match.is_exact}
    names, names_origin, notes = class_names([match.family for match in rivals], best.classes, hints)
    is_named = architecture is None and facts.onnx is None
    return Recognition(
        candidates=tuple(_candidates_among(rivals, hints, is_named=is_named)),
        others=tuple(match for name, match in fitting.items() if name not in taken),
        class_names=names,
        class_names_origin=names_origin,
        file_notes=(*hints.notes, *notes),
    )


def _rivals(found: Sequence[Match], hints: ModelHints) -> list[Match]:
    """Return those exact matches among which nothing but the network's answers can decide, the most usual first."""
    is_timm = timm.is_named(hints)
    proved = [match for match in found if match.is_proved or (is_timm and match.family == "timm")]
    return proved[:1] or list(found)


def _candidates_among(rivals: Sequence[Match], hints: ModelHints, *, is_named: bool) -> Iterator[Candidate]:
    """Yield the ``rivals`` with their preprocessing; is_named: the name that the file gives itself counts.

    Raises UsageError if the first cannot be shown pictures of the size that was said; others are left out then.
    """
    for match in rivals:
        preprocessing, origins = resolve(match.preprocessing, match.preprocessing_origin, hints.preprocessing)
        if match.has_fixed_size and preprocessing.crop != match.preprocessing.crop:
            if match is not rivals[0]:
                continue
            height, width = match.preprocessing.crop
            raise UsageError(
                f"{match.title} with these weights takes pictures of {height} × {width} pixels alone, and "
                f"{origins.crop} says {preprocessing.crop[0]} × {preprocessing.crop[1]}; leave the crop out."
            )
        notes = _notes_on_name(hints, match) if is_named else ()
        is_known = any(hint.mean or hint.std for hint in hints.preprocessing)
        others = () if is_known else match.other_inputs
        inputs = tuple(resolve(*other, hints.preprocessing) for other in others)
        yield Candidate(match, preprocessing, origins, inputs, notes)


def _check_name(path: Path, hints: ModelHints, best: Match) -> None:
    """Raise RecognitionError if the file has two names for its network, or is surely another one of timm's."""
    by_hand = f"if you are sure, choose by hand: --architecture {best.architecture}"
    if two := timm.two_names(hints):
        reason = (
            f"“{hints.config.file}” beside it says that it is {quoted(two[0])}, and it says itself {quoted(two[1])}"
        )
        raise RecognitionError(path, f"{reason}; its tensors fit {best.title}; {by_hand}")
    name = timm.name_in(hints)
    is_called_so = timm.is_called(hints, best.architecture)
    if timm.is_named(hints) and best.family != "timm" and not (is_called_so and not timm.has_arguments(hints)):
        reason = f"it says that it is {quoted(name)} of the timm library, but {timm.why_no_answer(name)}"
        raise RecognitionError(path, f"{reason}; its tensors fit {best.title}, which may answer otherwise: {by_hand}")


def _notes_on_name(hints: ModelHints, match: Match) -> tuple[str, ...]:
    """Return a note if the file itself calls its network otherwise than ``match``, which fits."""
    name = timm.name_in(hints)
    if not name or timm.is_called(hints, match.architecture):
        return ()
    return (
        f"The checkpoint calls its network {quoted(name)}; its tensors fit {match.title}, which may answer otherwise.",
    )


def _path_of(facts: ModelFacts) -> Path:
    return Path(facts.files[0] if facts.files else "model")


def architectures() -> tuple[str, ...]:
    """Return the names of all architectures that can be chosen by hand."""
    return tuple(name for family in FAMILIES for name in family.architectures())


def resolve_names(name: str) -> tuple[str, ...]:
    """Return the architectures called ``name``, in upper or lower case, with or without the family.

    A name without a family stands for timm's model of that name if no other family has one.

    Raises UsageError, which lists similar names, if there is none.
    """
    known = architectures()
    wanted = name.strip().casefold()
    meant = tuple(full for full in known if wanted in _names_of(full))
    if meant:
        return meant
    if wanted.startswith(timm.PREFIX):
        return (timm.checked_name(wanted),)
    if found := timm.found_name(wanted):
        return (found,)
    near = _near(wanted, known)
    hint = f"did you mean {' or '.join(near)}?" if near else "see “mtgui inspect --help”."
    raise UsageError(f"There is no architecture called {quoted(name)}; {hint}")


def _names_of(architecture: str) -> tuple[str, str]:
    folded = architecture.casefold()
    return folded, folded.partition("/")[2]


def _near(wanted: str, known: tuple[str, ...]) -> list[str]:
    pool = {name: full for full in reversed(known) for name in _names_of(full)}
    close = difflib.get_close_matches(wanted, pool, n=2 * _MOST_SHOWN)
    return list(dict.fromkeys(pool[folded] for folded in close))[:_MOST_SHOWN]


def _without_choice(facts: ModelFacts, hints: ModelHints, chosen: str | None) -> list[Match]:
    """Return what the file itself is taken for.

    Raises SettingError for settings beside it that cannot be followed, and RecognitionError if it is not clear which
    part of it is the network, unless an architecture was ``chosen``.
    """
    try:
        return _candidates(facts, hints, None)
    except (SettingError, RecognitionError):
        if chosen is None:
            raise
        return []


def _candidates(facts: ModelFacts, hints: ModelHints, chosen: str | None) -> list[Match]:
    """Return the exact matches of all tensors, else of a part of them, else all that are similar to all tensors.

    Raises RecognitionError if it is not clear which part of them is the network.
    """
    families = [family for family in FAMILIES if chosen is None or chosen in family.architectures()]
    families += [timm] if chosen is not None and chosen.startswith(timm.PREFIX) else []

    def matches(tensors: Tensors) -> list[Match]:
        return _matches(families, tensors, hints, chosen)

    found = _first_exact(by_name(facts.tensors), matches)
    if not any(match.is_exact for match in found):
        found = _match_of_part(facts, matches, hints if chosen is None else ModelHints()) or found
    if timm.is_named(hints):
        # Where it is sure that the file is one of timm's, that answer counts.
        found = sorted(found, key=lambda match: match.family != "timm")
    elif timm.name_in(hints):
        found = sorted(found, key=lambda match: not timm.is_called(hints, match.architecture))
    return sorted(found, key=lambda match: match.faults)


def _first_exact(tensors: Tensors, matches: Callable[[Tensors], list[Match]]) -> list[Match]:
    """Return the exact matches of the first reading of the names that has any, else all similar ones."""
    close: list[Match] = []
    for named, ignored in readings(tensors):
        found = [replace(match, ignored=(*ignored, *match.ignored)) for match in matches(named)]
        if exact := [match for match in found if match.is_exact]:
            return exact
        close += found
    return close


def _match_of_part(facts: ModelFacts, matches: Callable[[Tensors], list[Match]], hints: ModelHints) -> list[Match]:
    """Return the exact matches of the only part of the tensors that is a network; none if there is no such part.

    Raises RecognitionError if there are several, and if other tensors may take part in the model's answer.
    """
    for named, ignored in readings(by_name(facts.tensors)):
        tried = [(part, _first_exact(part.tensors, matches)) for part in parts(named)]
        fitting = [(part, found) for part, found in tried if any(match.is_exact for match in found)]
        if len(fitting) > 1:
            raise RecognitionError(_path_of(facts), _several_parts([(part, found[0]) for part, found in fitting]))
        for part, found in fitting:
            if doubtful := part.doubtful(found[0].classes, lambda tensors: _is_network(tensors, hints)):
                raise RecognitionError(_path_of(facts), _doubtful_part(part, found[0], doubtful))
            left_out = tuple(tensor.name for tensor in part.others.values())
            note = f"The network is what stands under {quoted(part.prefix)}; left out: {_some(left_out)}."
            return [
                replace(match, ignored=(*ignored, *left_out, *match.ignored), notes=(*match.notes, note))
                for match in found
            ]
    return []


def _several_parts(fitting: Sequence[tuple[Part, Match]]) -> str:
    listed = " and ".join(f"{quoted(part.prefix)} ({match.title})" for part, match in fitting[:_MOST_SHOWN])
    return (
        f"it holds {len(fitting)} networks, under {listed}, and does not say which one answers; "
        f"{_alone(fitting[0][0])}, or choose that of the other prefix"
    )


def _is_network(tensors: Tensors, hints: ModelHints) -> bool:
    found = _first_exact(tensors, lambda named: _matches(FAMILIES, named, hints, None))
    return any(match.is_exact for match in found)


def _doubtful_part(part: Part, match: Match, doubtful: Sequence[TensorFacts]) -> str:
    names = tuple(tensor.name for tensor in doubtful)
    verb = "stands" if len(names) == 1 else "stand"
    return (
        f"under {quoted(part.prefix)} it holds {match.title}, but beside it {verb} {_some(names)}, which may take part "
        f"in its answer; if not, {_alone(part)}; else give the Python file that builds the whole network: "
        "--architecture-file net.py:factory --trust-code"
    )


def _alone(part: Part) -> str:
    """Return words on how to save the network of ``part`` by itself."""
    prefix = quoted(part.prefix)
    return f"save its network alone, the entries whose names begin with {prefix}, without that beginning"


def _matches(families: Sequence[Family], tensors: Tensors, hints: ModelHints, chosen: str | None) -> list[Match]:
    """Return the matches of all ``families``; timm is not asked for a name that another, fitting one has as well."""
    found: list[Match] = []
    for family in families:
        is_guess = family is timm and chosen is None and not timm.is_named(hints)
        if not (is_guess and any(m.is_exact and timm.is_called(hints, m.architecture) for m in found)):
            found += family.candidates(tensors, hints, chosen)
    return found


def _why_not(facts: ModelFacts, found: list[Match], architecture: str | None) -> str:
    many = f"{len(facts.tensors):,} tensors"
    if not found or (architecture is None and found[0].faults > len(facts.tensors)):
        return (
            f"its {many} (the first is {quoted(facts.tensors[0].name)}) have the names of no architecture that mtgui "
            f"knows; {_WAY_OUT}"
        )
    closest = found[0]
    titles = list(dict.fromkeys(match.title for match in found if match.faults == closest.faults))[:_MOST_SHOWN]
    beginning = (
        f"its {many} are not those of {closest.title}:"
        if architecture
        else f"its {many} fit no architecture that mtgui knows; the closest is {' or '.join(titles)}, but"
    )
    return f"{beginning} {faults_in_words(closest)}. {_WAY_OUT[0].upper()}{_WAY_OUT[1:]}"


_WAY_OUT = (
    "choose another with --architecture, or, if you trust its author, give the Python file that builds the "
    "network: --architecture-file net.py:factory --trust-code"
)

_OWN_FILE = "give a Python file (--architecture-file net.py:factory --trust-code)"


def faults_in_words(match: Match) -> str:
    """Return words for the names and shapes in which the file and ``match`` differ, the first few of each kind."""
    return "; ".join(_faults(match))


def _faults(match: Match) -> Iterable[str]:
    if match.missing:
        yield f"{_some(match.missing)} {'is' if len(match.missing) == 1 else 'are'} missing"
    if match.unexpected:
        yield f"{_some(match.unexpected)} {'has' if len(match.unexpected) == 1 else 'have'} no place in it"
    if match.misshapen:
        more = len(match.misshapen) - 1
        yield match.misshapen[0] + (f" (and {more:,} more like that)" if more else "")


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(quoted(name) for name in names[:_MOST_SHOWN])
    more = len(names) - _MOST_SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown


def class_names(
    families: Collection[str], classes: int, hints: ModelHints
) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Return the names of the classes, their source, and a note on names that do not fit the model.

    ``families``: those of the networks that the model may be.
    """
    notes: tuple[str, ...] = ()
    if hints.class_names:
        if len(hints.class_names) == classes:
            return hints.class_names, hints.class_names_origin, ()
        many = len(hints.class_names)
        notes = (
            f"{hints.class_names_origin} names {many:,} classes and the model has {classes:,}; they were not used.",
        )
    if classes == _IMAGENET:
        return table.imagenet_classes(), "torchvision’s list of ImageNet’s classes, because there are 1,000", notes
    if "cifar" in families and classes == len(CIFAR10_CLASSES):
        return CIFAR10_CLASSES, "CIFAR-10, a guess because there are 10", notes
    return (), "", notes
