"""Laws that hold for every job, whatever pictures it is given."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtgui.marking.settings import MarkSettings
from mtgui.publishing.sources import Source
from mtgui.records.draw import PublishRule, parse_publish_rule
from tests.publishing.publishing_helpers import files_below, finish, record_of, request_for, save

KINDS = ("picture", "twin", "empty", "tiny", "missing")


def make(folder: Path, number: int, kind: str) -> Path:
    path = folder / f"{number}.png"
    if kind == "picture":
        save(path, number, (20, 20))
    elif kind == "twin":
        save(path, 1000, (20, 20), compress_level=number % 9)
    elif kind == "tiny":
        save(path, number, (3, 3))
    elif kind == "empty":
        path.write_bytes(b"")
    return path


jobs = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@jobs
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=10),
    earlier=st.integers(0, 10),
    rule=st.sampled_from(["all", "50%", "1%"]).map(parse_publish_rule),
    threads=st.integers(1, 4),
)
def test_every_source_ends_in_exactly_one_list(kinds: list[str], earlier: int, rule: PublishRule, threads: int) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "in").mkdir()
        paths = [make(root / "in", number, kind) for number, kind in enumerate(kinds)]
        strong = MarkSettings()
        for share in (paths[:earlier], paths):
            if not share:
                continue
            request = request_for(share, root, publish=rule, jobs=threads, settings=strong)
            result = finish(request)
            ends = Counter(one["file"] for end in ("marked", "withheld", "failed", "twins") for one in result[end])
            assert ends == Counter(map(str, share))
        assert_record_and_folder_agree(root, bool(request.record.exists()))


def assert_record_and_folder_agree(root: Path, has_record: bool) -> None:
    copies = files_below(root / "out")
    if not has_record:
        assert copies == {}
        return
    record = record_of(request_for([root], root))
    published = {picture.name for block in record.blocks for picture in block.published_pictures}
    assert set(copies) == published
    ids = [picture.picture_id for _, _, picture in record.pictures()]
    pixels = [picture.pixel_hash for _, _, picture in record.pictures()]
    assert len(set(ids)) == len(ids)
    assert len(set(pixels)) == len(pixels)
    assert len({block.key.secret for block in record.blocks}) == len(record.blocks)


def test_a_source_named_many_times_is_one_picture_and_twins(tmp_path: Path) -> None:
    path = save(tmp_path / "in" / "a.png")
    request = request_for([path], tmp_path)
    result = finish(type(request)(sources=(Source(path),) * 5, out=request.out, record=request.record, jobs=3))
    assert (len(result["marked"]), len(result["twins"])) == (1, 4)
