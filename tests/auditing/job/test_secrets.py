"""What leaves the house says neither the key nor who was kept private; and what it says can be proved again."""

import base64
from pathlib import Path

import pytest

from mtgui.auditing.report.report_files import read_report
from mtgui.auditing.report.verify import verify
from mtgui.common.events import event_to_json
from mtgui.marking.keys import decoy_key
from mtgui.records.audit_log import audit_log_path
from mtgui.records.journal import read_record
from mtgui.records.record import Record
from tests.auditing.job.job_helpers import finish, request_for
from tests.auditing.job.trained_pair import World


def secrets_of(record: Record) -> list[bytes]:
    """Every key, seed and salt of ``record``, and its first decoy keys."""
    found: list[bytes] = []
    for block in record.blocks:
        keys = [block.key, *(decoy_key(block.decoy_seed, number) for number in range(1, 4))]
        found += [*(key.secret for key in keys), block.decoy_seed, block.salt]
    return found


def spelled(secret: bytes) -> list[str]:
    plain = base64.b64encode(secret).decode().rstrip("=")
    return [secret.hex(), plain, base64.urlsafe_b64encode(secret).decode().rstrip("="), str(int.from_bytes(secret))]


@pytest.mark.parametrize("person", ["marked", "twice"])
def test_no_key_and_no_private_picture_leaves_the_house(world: World, tmp_path: Path, person: str) -> None:
    one = getattr(world, person)
    reports = tmp_path / "report.json", tmp_path / "report.html"
    events = finish(request_for(world.guilty, one, reports=reports))
    record = read_record(one.record)
    page = reports[1].read_text("utf-8")
    texts = [reports[0].read_text("ascii"), page, audit_log_path().read_text("utf-8")]
    texts += [event_to_json(event) for event in events]
    for secret in secrets_of(record):
        assert not any(spelling in text for spelling in spelled(secret) for text in texts)
    withheld = [picture.name for block in record.blocks for picture in block.withheld_pictures]
    assert withheld
    result = event_to_json(events[-1])
    assert not any(name in text for name in withheld for text in (texts[0], page, result, texts[2]))
    published = sum(len(block.published) for block in record.blocks)
    assert page.count("data:image/jpeg") == published


@pytest.mark.parametrize("person", ["marked", "whole", "unmarked", "twice"])
def test_the_report_is_proved_by_itself_and_by_the_record(world: World, tmp_path: Path, person: str) -> None:
    one = getattr(world, person)
    path = tmp_path / "report.json"
    keys = 149 if person == "whole" else None
    finish(request_for(world.innocent, one, reports=(path,), keys=keys))
    report, is_unchanged = read_report(path)
    proof = verify(report, is_unchanged=is_unchanged, record=read_record(one.record))
    assert proof.is_proved, [check.what for check in proof.checks if not check.holds]


def test_the_report_of_a_record_is_not_that_of_another(world: World, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    finish(request_for(world.innocent, world.marked, reports=(path,)))
    report, is_unchanged = read_report(path)
    assert not verify(report, is_unchanged=is_unchanged, record=read_record(world.twice.record)).is_proved
