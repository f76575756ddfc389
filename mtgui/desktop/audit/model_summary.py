"""What the engine says about a model file, as far as the window shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mtgui.auditing.architectures.generator_description import GeneratorDescription
from mtgui.auditing.architectures.model_description import ModelDescription
from mtgui.auditing.preprocessing import IMAGENET_MEAN, Origins, Preprocessing
from mtgui.common.errors import printable

SHORT_HASH = 12


@dataclass(frozen=True)
class InputFacts:
    """How pictures become the model's input, and where each value came from."""

    values: Preprocessing
    origins: Origins

    @property
    def sentence(self) -> str:
        """One line: the sizes, and the normalisation (by its name if it has one)."""
        resize, size = self.values.resize, _size(self.values.crop)
        if resize is not None:
            size = f"{_size(resize)} → {size}"
        mean = self.values.mean
        is_imagenet = all(abs(one - other) < 1e-6 for one, other in zip(mean, IMAGENET_MEAN, strict=True))
        return f"{size}, {'ImageNet mean and std' if is_imagenet else f'mean {_numbers(mean)}'}"

    @property
    def origin(self) -> str:
        """The sources of the values, each once."""
        return ", ".join(dict.fromkeys(printable(text) for text in vars(self.origins).values() if text))


@dataclass(frozen=True)
class ModelSummary:
    """A model as the engine read it.

    ``architecture`` is empty if none was recognised; ``class_names`` may be empty. ``is_graph``: an ONNX graph, which
    contains its own architecture, and whose number of classes is known only when it runs. ``is_undecided``: unmarked
    originals must decide between several architectures. ``generator``: of a diffusion model or a LoRA, else None;
    ``rows``: what is known of it, and ``says``: what its header says, by what it is about; none of the latter is
    proved.
    """

    format: str = ""
    architecture: str = ""
    title: str = ""
    sureness: str = ""
    alternatives: tuple[str, ...] = ()
    problem: str = ""
    classes: int = 0
    class_names: tuple[str, ...] = ()
    class_names_origin: str = ""
    is_graph: bool = False
    size: int = 0
    parameters: int = 0
    file_hash: str = ""
    weights_hash: str = ""
    input: InputFacts | None = None
    renamed: int = 0
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    is_undecided: bool = False
    generator: GeneratorDescription | None = None
    rows: tuple[tuple[str, str], ...] = ()
    says: tuple[tuple[str, str], ...] = ()

    @property
    def is_recognised(self) -> bool:
        """True when an audit of it can run."""
        if self.generator is not None:
            return self.generator.can_be_audited
        return bool(self.title) and (self.classes > 0 or self.is_graph)

    @property
    def is_generator(self) -> bool:
        """True for a diffusion model or a LoRA, which has prompts in place of classes."""
        return self.generator is not None

    @property
    def names_base(self) -> bool:
        """True if the header of a LoRA names the file of its base, so that it can be searched."""
        return self.generator is not None and self.generator.names_base

    @property
    def has_diffusion_base(self) -> bool:
        """True if a whole diffusion model was named as its base, whether it fits or not."""
        return self.generator is not None and self.generator.base is not None and bool(self.generator.base.title)

    @property
    def lacks_base(self) -> bool:
        """True for a LoRA whose base is not known."""
        return self.generator is not None and not self.generator.can_be_audited

    def class_title(self, index: int) -> str:
        """Return the name and number of class ``index`` for people."""
        return f"{self.class_names[index]} (class {index})" if index < len(self.class_names) else f"Class {index}"


def describe(model: ModelDescription) -> ModelSummary:
    """Return the summary of ``model``, the description that the engine printed."""
    found = model.recognised
    told = ModelSummary(
        format=printable(model.format),
        problem=printable(model.not_recognised),
        is_graph=model.graph is not None,
        size=sum(file.size for file in model.files) or model.bytes,
        parameters=model.parameters,
        file_hash=model.files[0].sha256 if len(model.files) == 1 else "",
        weights_hash=model.weights_hash,
        renamed=len(model.renamed),
        ignored=_shown(model.ignored),
        notes=_shown(model.notes),
        limits=_shown(model.limits),
    )
    if model.generator is not None:
        generator = model.generator
        return replace(
            told,
            architecture=printable(generator.architecture),
            title=printable(generator.headline),
            notes=told.notes + _shown(generator.notes),
            generator=generator,
            rows=_pairs(generator.rows),
            says=_pairs(generator.says.items()),
        )
    if found is None:
        return told
    return replace(
        told,
        architecture=printable(found.architecture),
        title=printable(found.title or found.architecture),
        sureness=printable(found.sureness),
        alternatives=_shown(other.architecture for other in found.fits_too),
        classes=found.classes,
        class_names=_shown(found.class_names),
        class_names_origin=printable(found.class_names_origin),
        input=InputFacts(found.preprocessing, found.origins),
        renamed=told.renamed + len(found.renamed),
        ignored=told.ignored + _shown(found.ignored),
        notes=told.notes + _shown(found.notes),
        is_undecided=found.is_undecided,
    )


def _shown(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(printable, texts))


def _pairs(texts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((printable(about), printable(text)) for about, text in texts)


def _size(value: int | tuple[int, ...]) -> str:
    if isinstance(value, int):
        return str(value)
    return str(value[0]) if value[0] == value[1] else f"{value[0]} × {value[1]}"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
