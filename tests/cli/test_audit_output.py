"""What the audit command says of events."""

from mtgui.auditing.job.audit_events import PicturesFound
from mtgui.cli.audit_output import lines_of


def test_files_with_other_content_are_not_called_changed_originals() -> None:
    """A search beside the record finds the published copies, which have the names of the originals."""
    said = "\n".join(lines_of(PicturesFound(0, "/r/y.mtrecord", ("c.png",), (), ("a.png", "b.png"), ())))
    assert "Found with other content: a.png, b.png." in said
    assert "They are published copies, or were changed since they were marked." in said
    assert "Name the folder of the originals with --pictures." in said
