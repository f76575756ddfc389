"""Documents name only what is there, in plain words; files in YAML have the form that they should have."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
GITHUB = ROOT / ".github"
DOCUMENTS = (ROOT / "README.md", ROOT / "resources" / "guide" / "guide.md", *sorted(GITHUB.rglob("*.md")))
YAML = (*sorted(GITHUB.rglob("*.yml")), ROOT / ".pre-commit-config.yaml")

PATH = re.compile(r"(?<![\w./-])(?:mtgui|resources|tests|packaging|typings|\.github)/[\w./-]*[\w/]")
MODULE = re.compile(r"python -m (tests(?:\.\w+)+)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
UNUSUAL = re.compile(r"\b(?:wish\w*|anew|whoever|lacking)\b", re.IGNORECASE)
KEY_OR_ITEM = re.compile(r" *(?:- )*(?:[\w.-]+:(?: .+)?|- .+)")
BLOCK = re.compile(r".*: [|>]-?")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(document: Path) -> set[str]:
    """Return what headings of ``document`` are linked by."""
    headings = HEADING.findall(FENCED.sub("", document.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def plain_lines(text: str) -> list[str]:
    """Return the lines of ``text``, in YAML, without comments, empty lines and blocks of text."""
    lines: list[str] = []
    block: int | None = None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if block is not None and (not line.strip() or indent > block):
            continue
        block = indent if BLOCK.fullmatch(line) else None
        if line.strip() and not line.lstrip().startswith("#"):
            lines.append(line)
    return lines


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_path_in_a_document_is_there(document: Path) -> None:
    found = PATH.findall(document.read_text(encoding="utf-8"))
    assert not [path for path in found if not (ROOT / path).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_module_that_a_document_runs_is_there(document: Path) -> None:
    found = MODULE.findall(document.read_text(encoding="utf-8"))
    assert not [name for name in found if importlib.util.find_spec(name) is None]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_in_a_document_leads_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_documents_use_plain_words(document: Path) -> None:
    assert not UNUSUAL.findall(document.read_text(encoding="utf-8"))


def test_the_readme_leads_to_every_document_for_contributors() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for document in GITHUB.glob("*.md"):
        if document.stem != "PULL_REQUEST_TEMPLATE":
            assert f"(.github/{document.name})" in text


def test_the_map_leads_to_every_decision() -> None:
    text = (GITHUB / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for document in (GITHUB / "decisions").glob("*.md"):
        assert f"(decisions/{document.name})" in text


def test_the_glossary_is_in_alphabetical_order() -> None:
    rows = re.findall(r"^\| (.+?) \|", (GITHUB / "GLOSSARY.md").read_text(encoding="utf-8"), re.MULTILINE)
    words = [row.replace("α", "a").replace("*", "").lower() for row in rows[1:]]
    assert words == sorted(words)


@pytest.mark.parametrize("path", YAML, ids=name_of)
def test_files_in_yaml_consist_of_keys_and_items_in_steps_of_two(path: Path) -> None:
    for line in plain_lines(path.read_text(encoding="utf-8")):
        assert "\t" not in line
        assert (len(line) - len(line.lstrip())) % 2 == 0, line
        assert KEY_OR_ITEM.fullmatch(line), line
        value = line.partition(": ")[2]
        assert ": " not in value or value[0] in "\"'[{", line
        for opening, closing in ("[]", "{}"):
            assert line.count(opening) == line.count(closing), line
        assert line.count('"') % 2 == 0, line


def test_the_workflow_runs_the_whole_check_on_three_systems() -> None:
    text = (GITHUB / "workflows" / "test.yml").read_text(encoding="utf-8")
    assert re.findall(r"^(\w+):", text, re.MULTILINE) == ["name", "on", "permissions", "concurrency", "jobs"]
    assert "bash packaging/test.sh" in text
    for system in ("ubuntu", "macos", "windows"):
        assert f"{system}-latest" in text
