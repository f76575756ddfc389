"""Makes the ready-made audit that ships in resources/demo-audit: pictures, a record, and two small models.

    python packaging/make_demo_models.py

One model was trained on the marked copies, the other was not. The record's key is public in the repository, which is
right only for a demo, never for a real record. Key and draw come from the system's random source, so every run gives
different files. Tests audit the files in the repository.
"""

import shutil
import tempfile
from pathlib import Path

from mtgui.rehearsal.demo import NOT_USED, ORIGINALS, RECORD, USED, show

TARGET = Path(__file__).parent.parent / "resources" / "demo-audit"
KEPT = (ORIGINALS, RECORD, USED, NOT_USED, "labels.json")


def main() -> None:
    """Run the demo once, and keep the files that an audit needs."""
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "demo"
        for _ in show(made, device="cpu"):
            pass
        shutil.rmtree(TARGET, ignore_errors=True)
        TARGET.mkdir(parents=True)
        for name in KEPT:
            source = made / name
            if source.is_dir():
                shutil.copytree(source, TARGET / name)
            else:
                shutil.copyfile(source, TARGET / name)
    print(TARGET)


if __name__ == "__main__":
    main()
