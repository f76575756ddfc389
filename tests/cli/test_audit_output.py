"""What the audit command says of events."""

from mtgui.auditing.job.audit_events import PicturesFound
from mtgui.cli.audit_output import lines_of, told_apart


def test_files_with_other_content_are_not_called_changed_originals() -> None:
    """A search beside the record finds the published copies, which have the names of the originals."""
    said = "\n".join(lines_of(PicturesFound(0, "/r/y.mtrecord", ("c.png",), (), ("a.png", "b.png"), ())))
    assert "Found with other content: a.png, b.png." in said
    assert "They are published copies, or were changed since they were marked." in said
    assert "Name the folder of the originals with --pictures." in said


def test_files_of_the_same_name_are_told_apart_by_their_folders() -> None:
    files = ("/kept/artist-1/lora.safetensors", "/kept/artist-2/lora.safetensors", "/kept/other.safetensors")
    results = [{"model_file": file, "record_file": "/kept/own.mtrecord"} for file in files]
    said = [told_apart(file, results, "model") for file in files]
    assert said == ["artist-1/lora.safetensors", "artist-2/lora.safetensors", "other.safetensors"]
    assert told_apart("/kept/own.mtrecord", results, "record") == "own.mtrecord"
