"""The table of settings: no key twice, and files of earlier versions mean what they meant."""

from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from mtgui.desktop import settings as table
from mtgui.desktop.audit.audit_memory import AuditMemory
from mtgui.desktop.audit.run_step import RunChoices
from mtgui.desktop.mark.export_plan import ExportPlan
from mtgui.desktop.mark.mark_choices import DEFAULT
from mtgui.desktop.mark.mark_memory import MarkMemory
from mtgui.desktop.rehearse.rehearsal_choices import RehearsalChoices
from mtgui.desktop.rehearse.rehearsal_memory import RehearseMemory
from mtgui.marking.settings import MarkSettings, preset_named

# As the first version wrote it. Never change it: files like this lie on people's disks.
FIRST_FILE = (Path(__file__).parents[1] / "data" / "settings_of_the_first_version.ini").read_text("utf-8")
MEASURES = {
    "jpeg": 40, "crop": 70, "colours": 9, "early": 4, "private": 1.5, "digits": 3, "tune": 6, "distil": 12,
    "filter": 7, "mixup": 0.5, "blur": 1.5, "resize": 20,
}  # fmt: skip


def test_a_file_of_the_first_version_means_what_it_meant(tmp_path: Path) -> None:
    root = Path(tmp_path.anchor)
    file = tmp_path / "first.ini"
    file.write_text(FIRST_FILE.replace("@ROOT@", root.as_posix().rstrip("/")), encoding="utf-8")
    settings = QSettings(str(file), QSettings.Format.IniFormat)
    mark, audit = MarkMemory(settings), AuditMemory(settings)
    assert mark.choices().settings == MarkSettings(0.63, 11, "uniform")
    assert mark.mode() == "split"
    assert mark.plan(root / "o", root / "r") == ExportPlan(
        root / "o", root / "r", "webp", 98, False, False, True, "skip"
    )
    assert mark.recent_folders() == [root / "second", root / "ä b, c"]
    assert audit.choices() == RunChoices(alpha=Fraction(1, 40), views=10, device="cuda:1", precision="half")
    assert table.engine_threads(settings) == 3
    assert audit.recent("models") == [root / "m.pt"]
    assert audit.recent("records") == [root / "r.mtrecord"]
    assert audit.folders() == [root / "f", root / "kept", root / "second", root / "ä b, c"]
    assert RehearseMemory(settings).choices(MarkSettings()) == RehearsalChoices(
        source="pictures", pictures=(root / "a",), published=7, withheld=3, mark=MarkSettings(0.8, 5, "uniform"),
        others=root / "o", measures=tuple(MEASURES.items()), effort="thorough", network="resnet18", epochs=12,
        users=3, device="cuda:0", seed=9,
    )  # fmt: skip
    assert (table.THEME.of(settings), table.PAGE.of(settings)) == ("dark", "audit")
    assert table.GEOMETRY.of(settings) == QByteArray(b"\x01\xd9\xd0\xcb\x00\x03")


def test_every_key_has_one_row() -> None:
    keys = [setting.key for setting in table.SETTINGS]
    rows = [value for value in vars(table).values() if isinstance(value, table.Setting)]
    assert len(set(keys)) == len(keys)
    assert sorted(keys) == sorted(row.key for row in rows)


def test_every_row_reads_what_it_writes(settings: QSettings) -> None:
    for setting in table.SETTINGS:
        setting.keep(settings, setting.default)
        settings.sync()
        assert setting.of(QSettings(settings.fileName(), QSettings.Format.IniFormat)) == setting.default


def test_defaults_of_the_table_are_those_of_the_pages() -> None:
    empty = RunChoices()
    assert (empty.alpha, empty.views) == (table.ALPHA.default, table.VIEWS.default)
    assert (empty.device, empty.precision) == (table.DEVICE.default, table.PRECISION.default)
    assert DEFAULT.settings == preset_named("invisible").applied_to(MarkSettings())
    assert (DEFAULT.all_go_out, DEFAULT.mark_is_chosen) == (False, False)


def test_rows_of_the_dialog_have_words() -> None:
    for setting in table.SETTINGS:
        if setting.control != "none":
            assert setting.label
            assert setting.name
