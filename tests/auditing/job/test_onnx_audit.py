"""An audit of an ONNX graph: its process has a number of threads of its own, and that one is kept and told."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch

from mtgui.auditing.engine.torch_threads import using_threads
from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.audit_events import AuditPlanned, KeyDone
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.auditing.onnx.onnx_classifier import OnnxClassifier
from mtgui.auditing.onnx.onnx_runner import has_onnxruntime
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.errors import MtguiError
from tests.auditing.job.job_helpers import finish, of_kind, request_for, results
from tests.auditing.job.trained_pair import CLASSES, SIZE, World
from tests.reading import onnx_writer as w

# Not imported here: in a process without limits it reports home.
pytestmark = pytest.mark.skipif(not has_onnxruntime(), reason="onnxruntime is not installed")

BEFORE = Preprocessing(resize=SIZE, crop=(SIZE, SIZE))


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    path = tmp_path / "graph.onnx"
    path.write_bytes(w.classifier(w.plain_weight(CLASSES, SIZE), SIZE))
    return path


def begun(request: AuditRequest) -> AuditPlanned:
    """Audit until one key is done, and go away; return what was planned."""
    with closing(audit(request)) as events:
        for event in events:
            if isinstance(event, AuditPlanned):
                planned = event
            if isinstance(event, KeyDone):
                return planned
    raise LookupError


def test_a_graph_says_where_it_computes_whatever_this_process_does(graph: Path) -> None:
    with OnnxClassifier(graph, BEFORE, threads=2) as model:
        with using_threads(1):
            assert (model.threads, model.where.title, model.where.kind) == (2, "CPU, 2 threads", "cpu")
        pixels = torch.zeros((2, 3, SIZE, SIZE), dtype=torch.uint8)
        before = model.class_losses(pixels)
        model.use_threads(1)
        assert (model.threads, model.where.title) == (1, "CPU, 1 thread")
        assert torch.allclose(model.class_losses(pixels), before)


def test_a_graph_that_was_exchanged_is_not_started_again(graph: Path) -> None:
    with OnnxClassifier(graph, BEFORE, threads=2) as model:
        graph.write_bytes(w.classifier(2 * w.plain_weight(CLASSES, SIZE), SIZE))
        with pytest.raises(MtguiError, match="it was changed"):
            model.use_threads(1)


def test_an_interrupted_audit_of_a_graph_goes_on_with_its_own_threads(
    world: World, graph: Path, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"state": tmp_path / "s", "log": tmp_path / "log", "stops_early": False}
    assert begun(request_for(graph, world.marked, **options, threads=2)).device == "CPU, 2 threads"
    with using_threads(1):
        events = finish(request_for(graph, world.marked, **options))
    assert of_kind(events, AuditPlanned)[0].device == "CPU, 2 threads"
    assert not list((tmp_path / "s").glob("*.state"))


def test_a_graph_beside_a_network_says_its_own_number(world: World, graph: Path) -> None:
    models = (ModelChoice(world.guilty), ModelChoice(graph))
    with using_threads(2):
        events = finish(request_for(world.guilty, world.marked, models=models))
    assert [event.device for event in of_kind(events, AuditPlanned)] == ["CPU, 1 thread", "CPU, 2 threads"]


def test_every_result_names_what_computed_it(world: World, graph: Path) -> None:
    models = (ModelChoice(world.guilty), ModelChoice(graph))
    with using_threads(2):
        found = results(request_for(world.guilty, world.marked, models=models))
    assert [one["device"] for one in found] == ["CPU, 1 thread", "CPU, 2 threads"]
