"""An ONNX classifier answers as the same network in torch does; whatever goes wrong in it is one sentence."""

import hashlib
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch

from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.onnx.onnx_classifier import OnnxClassifier
from mtgui.auditing.onnx.onnx_runner import OnnxError, OnnxLimits, has_onnxruntime
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.errors import UsageError
from mtgui.reading.errors import ModelError
from tests.auditing.onnx.started_processes import started_processes
from tests.needs import LINUX_LIMITS, POSIX_SIGNALS
from tests.reading import onnx_writer as w

# Not imported here: in a process without limits it reports home.
pytestmark = pytest.mark.skipif(not has_onnxruntime(), reason="onnxruntime is not installed")

PLAIN = w.plain_weight()
BEFORE = Preprocessing(resize=4, crop=(4, 4), mean=(0.4, 0.5, 0.6), std=(0.2, 0.25, 0.3))
PIXELS = torch.arange(71 * 48).mul(37).remainder(251).to(torch.uint8).view(71, 3, 4, 4)
SMALL = OnnxLimits(memory=2 << 30, load_seconds=60, question_seconds=60)


def expected(pixels: torch.Tensor, before: Preprocessing = BEFORE) -> torch.Tensor:
    colours = pixels.flip(1) if before.channels == "BGR" else pixels
    mean, std = (torch.tensor(values).double().view(1, 3, 1, 1) for values in (before.mean, before.std))
    logits = ((colours.double() / 255 - mean) / std).flatten(1) @ torch.from_numpy(PLAIN).double()
    return -torch.log_softmax(logits, 1)


def started(tmp_path: Path, data: bytes, limits: OnnxLimits = SMALL, before: Preprocessing = BEFORE) -> OnnxClassifier:
    (tmp_path / "m.onnx").write_bytes(data)
    return OnnxClassifier(tmp_path / "m.onnx", before, threads=2, limits=limits)


@pytest.mark.parametrize("batch", ["n", 1, 16])
@pytest.mark.parametrize("channels", ["RGB", "BGR"])
def test_losses_are_those_of_torch(tmp_path: Path, batch: int | str, channels: str) -> None:
    before = Preprocessing(**{**vars(BEFORE), "channels": channels})
    data = w.classifier(PLAIN, batch=batch)
    with started(tmp_path, data, before=before) as model:
        audited: AuditedModel = model
        labels = torch.arange(71) % 5
        assert (audited.classes, audited.device.type, model.sha256) == (5, "cpu", hashlib.sha256(data).hexdigest())
        found = audited.class_losses(PIXELS, 0)
        assert (found.dtype, tuple(found.shape)) == (torch.float64, (71, 5))
        assert (found - expected(PIXELS, before)).abs().max() < 1e-5
        assert torch.equal(audited.losses(PIXELS, labels, 0), found.gather(1, labels[:, None])[:, 0])
        assert model.notes == ()


def test_channels_last(tmp_path: Path) -> None:
    rows = PLAIN.reshape(3, 16, 5).transpose(1, 0, 2).reshape(48, 5).copy()
    with started(tmp_path, w.classifier(rows, is_last=True)) as model:
        assert (model.class_losses(PIXELS) - expected(PIXELS)).abs().max() < 1e-5


def test_half_precision(tmp_path: Path) -> None:
    with started(tmp_path, w.classifier(PLAIN.astype("f2"))) as model:
        assert (model.class_losses(PIXELS) - expected(PIXELS)).abs().max() < 0.05


@pytest.mark.parametrize(("ending", "is_said"), [(("Softmax",), True), (("Softmax", "Abs"), False)])
def test_probabilities_become_losses(tmp_path: Path, ending: tuple[str, ...], is_said: bool) -> None:
    with started(tmp_path, w.classifier(PLAIN, ending=ending)) as model:
        assert (model.class_losses(PIXELS) - expected(PIXELS)).abs().max() < 1e-5
        assert model.notes[0].startswith("the model answers with probabilities, not logits")
        assert ("add up to 1" in model.notes[0]) is not is_said


def test_certain_probabilities_stay_finite(tmp_path: Path) -> None:
    with started(tmp_path, w.classifier(PLAIN * 1e4, ending=("Softmax",))) as model:
        assert 80 < float(model.class_losses(PIXELS).max()) < 90


def test_a_convolution_in_a_batch_answers_alike_every_time(tmp_path: Path) -> None:
    kernel = np.cos(np.arange(5 * 3 * 9)).astype("f4").reshape(5, 3, 3, 3)
    nodes = [
        w.node("Conv", ["x", "k"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        w.node("GlobalAveragePool", ["c"], ["y"]),
    ]
    graph = w.graph(nodes, [w.value("x", ["n", 3, "h", "w"])], [w.value("y", None)], [w.tensor("k", kernel)])
    with started(tmp_path, w.model(graph)) as model:
        assert model.facts.classes is None
        assert model.classes == 5
        first = model.class_losses(PIXELS)
        assert torch.equal(first, model.class_losses(PIXELS))
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (BEFORE.mean, BEFORE.std))
    answer = torch.conv2d((PIXELS / 255 - mean) / std, torch.from_numpy(kernel), padding=1).mean((2, 3))
    assert (first + torch.log_softmax(answer.double(), 1)).abs().max() < 1e-5


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_no_numbers(tmp_path: Path, bad: float) -> None:
    with pytest.raises(ModelError, match=r"m\.onnx: it answers with numbers that are not finite"):
        started(tmp_path, w.classifier(np.full_like(PLAIN, bad))).close()


def test_another_size_than_the_graph_takes(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="takes pictures of 4 × 4 pixels"):
        started(tmp_path, w.classifier(PLAIN), before=Preprocessing())


def graph_of(*nodes: bytes, weights: tuple[bytes, ...] = ()) -> bytes:
    steps = [*nodes, w.node("Flatten", ["x"], ["flat"], axis=1), w.node("MatMul", ["flat", "w"], ["z"])]
    steps.append(w.node("Add", ["z", "more"], ["y"]))
    ends = [w.value("x", ["n", 3, 4, 4])], [w.value("y", ["n", 5])]
    return w.model(w.graph(steps, *ends, [w.tensor("w", PLAIN), *weights]))


def test_one_number_for_each_picture_is_refused(tmp_path: Path) -> None:
    nodes = [w.node("Flatten", ["x"], ["flat"], axis=1), w.node("MatMul", ["flat", "w"], ["y"])]
    ends = [w.value("x", ["n", 3, 4, 4])], [w.value("y", ["n", "c"])]
    data = w.model(w.graph(nodes, *ends, [w.tensor("w", PLAIN[:, :1])]))
    with pytest.raises(ModelError, match=r"m\.onnx: it gives one number for each picture.*two numbers"):
        started(tmp_path, data).close()


def test_an_answer_that_depends_on_the_other_pictures_of_a_batch_is_refused(tmp_path: Path) -> None:
    nodes = [
        w.node("ReduceMean", ["x"], ["mean"], axes=[0], keepdims=1),
        w.node("Sub", ["x", "mean"], ["centred"]),
        w.node("Flatten", ["centred"], ["flat"], axis=1),
        w.node("MatMul", ["flat", "w"], ["y"]),
    ]
    ends = [w.value("x", ["n", 3, 4, 4])], [w.value("y", ["n", 5])]
    data = w.model(w.graph(nodes, *ends, [w.tensor("w", PLAIN)]))
    with pytest.raises(ModelError, match=r"m\.onnx: its answers .* other pictures of a batch, as in training"):
        started(tmp_path, data).close()


def bomb(length: int) -> bytes:
    """Return a graph that asks for ``length`` ** 2 numbers, depending on the picture so that nobody can fold them."""
    nodes = (
        w.node("ReduceMax", ["x"], ["shade"], keepdims=0),
        w.node("Expand", ["shade", "shape"], ["wide"]),
        w.node("CumSum", ["wide", "zero"], ["sums"]),
        w.node("ReduceMax", ["sums"], ["more"], keepdims=0),
    )
    shape, zero = np.array([length, length], "i8"), np.array(0, "i8")
    return graph_of(*nodes, weights=(w.tensor("shape", shape), w.tensor("zero", zero)))


@LINUX_LIMITS
def test_a_model_that_wants_all_memory_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"m\.onnx: .*(memory|alloc)") as caught:
        started(tmp_path, bomb(1 << 20)).close()
    assert str(caught.value).isprintable()


@pytest.mark.timeout(300)
def test_a_model_that_never_answers_is_stopped(tmp_path: Path) -> None:
    times = [w.node("MatMul", [f"m{n}", "m0"], [f"m{n + 1}"]) for n in range(400)]
    nodes = (
        w.node("ReduceMax", ["x"], ["shade"], keepdims=0),
        w.node("Expand", ["shade", "shape"], ["m0"]),
        *times,
        w.node("ReduceMax", ["m400"], ["more"], keepdims=0),
    )
    data = graph_of(*nodes, weights=(w.tensor("shape", np.array([3000, 3000], "i8")),))
    with pytest.raises(ModelError, match="took longer than 1 seconds to answer and was stopped"):
        started(tmp_path, data, OnnxLimits(2 << 30, 60, 1))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (graph_of(w.node("NoSuchOperator", ["x"], ["more"])), "onnxruntime cannot load it, and says “.*NoSuchOperator"),
        (graph_of(w.node("Identity", ["nowhere"], ["more"])), "onnxruntime cannot load it"),
        (graph_of(w.node("Shell", ["x"], ["more"], domain="evil")), r"“evil\.Shell”"),
        (b"", "begins like an ONNX model and holds none"),
    ],
)
def test_what_onnxruntime_cannot_load_is_one_sentence(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        started(tmp_path, data).close()
    assert str(caught.value).isprintable()
    assert str(caught.value).startswith("m.onnx: ")


def test_a_process_that_dies_is_one_sentence(tmp_path: Path) -> None:
    with started_processes() as processes, started(tmp_path, w.classifier(PLAIN)) as model:
        processes[0].kill()
        with pytest.raises(OnnxError, match=r"m\.onnx: running it failed, in a process of its own"):
            model.class_losses(PIXELS)


@POSIX_SIGNALS
def test_the_process_hears_no_signals_to_the_whole_group(tmp_path: Path) -> None:
    with started_processes() as processes, started(tmp_path, w.classifier(PLAIN)) as model:
        for number in (signal.SIGINT, signal.SIGTERM):
            processes[0].send_signal(number)
        assert (model.class_losses(PIXELS) - expected(PIXELS)).abs().max() < 1e-5


def test_no_process_is_left(tmp_path: Path) -> None:
    with started_processes() as processes:
        started(tmp_path, w.classifier(PLAIN)).close()
    assert [process.returncode is not None for process in processes] == [True]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has descriptors of processes")
@pytest.mark.timeout(120)
def test_it_ends_with_the_one_who_started_it(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(w.classifier(PLAIN))
    code = (
        f"import os, sys; sys.path[:0] = {sys.path!r}\n"
        "from pathlib import Path; from mtgui.auditing.onnx.onnx_runner import OnnxRunner\n"
        "from tests.auditing.onnx.started_processes import started_processes\n"
        "with started_processes() as processes: runner = OnnxRunner(Path('m.onnx'), 1)\n"
        "print(processes[0].pid, flush=True); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, check=False)
    pid = int(ended.stdout)
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        select.select([descriptor], [], [])
        os.close(descriptor)
