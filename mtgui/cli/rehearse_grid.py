"""``mtgui rehearse --grid``: many rehearsals, described in one TOML file."""

import argparse
import copy
import difflib
import itertools
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from mtgui.cli.parsing import NumberParser, in_plain_words
from mtgui.cli.rehearse_options import OF_DIFFUSION, add_options
from mtgui.cli.rehearse_output import RehearsalTeller
from mtgui.cli.rehearse_request import Requests, settings_of, users_of
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, printable, readable_name, storage_errors
from mtgui.common.events import Event
from mtgui.rehearsal.findings.grid_table import as_markdown
from mtgui.rehearsal.grid import Cell, run_grid

TOGETHER = "together"
_OUTSIDE = ("grid", "out", "json", "events", "request", "control", "seed", "measure", "model", *OF_DIFFUSION)
_TABLES = ("options", "marks", "countermeasures", "seeds")
_ONLY = "as given"
_LARGEST_FILE = 1 << 20


def run_grid_file(options: argparse.Namespace, teller: RehearsalTeller, control: Control) -> int:
    """Run all rehearsals of the file; return 0 if each of them has a result, else 1."""
    if options.out is None:
        raise UsageError("A grid keeps its results, and goes on where it was stopped: name a folder for it with --out.")
    values = teller.follow(_run(options, control))
    if options.json:
        print(json.dumps(values), flush=True)
    elif not options.events:
        print(as_markdown([row for cell in values["cells"] for row in cell["rows"]]), end="")
        for failed in values["failed"]:
            print(f"Not done: {failed['name']}: {failed['reason']}")
        print(f"The tables lie in “{printable(options.out)}” as grid.md, grid.csv and grid.json.")
    return 1 if values["failed"] else 0


def _run(options: argparse.Namespace, control: Control) -> Iterator[Event]:
    """Read the file and everything that it names first, so that every mistake is reported before the training."""
    grid, requests, cells = _Grid(options.grid), Requests(control), []
    for marks, countermeasures, seed in grid.names(options.seed):
        chosen = grid.options(options, marks, countermeasures, seed)
        try:
            request = yield from requests.of(settings_of(chosen))
        except UsageError as error:
            raise UsageError(
                f"{grid.name}, marks “{marks}” with countermeasures “{countermeasures}”: {error}"
            ) from error
        parts = [
            users_of(settings_of(grid.options(options, part, countermeasures, seed))).settings
            for part in grid.parts(marks)
        ]
        if parts:
            request = replace(request, users=replace(request.users, settings=parts[0], more_settings=tuple(parts[1:])))
        cells.append(Cell(marks, countermeasures, seed, request))
    yield from run_grid(cells, options.out, control)


class _Grid:
    """The checked tables of a grid file."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises UsageError, which names the file and the mistake, and StorageError."""
        self.name = f"“{readable_name(path)}”"
        tables = self._read(path)
        for key in tables:
            if key not in _TABLES:
                raise self._wrong(f"“{printable(key)}”", f"is none of {', '.join(_TABLES)}{_near(key, _TABLES)}")
        self._base = self._table("options", tables.get("options", {}))
        self._marks = self._named("marks", tables)
        self._countermeasures = self._named("countermeasures", tables)
        self._parts = {name: self._together(name, table) for name, table in self._marks.items()}
        self._seeds = self._seeds_in(tables.get("seeds"))

    def names(self, seed: int) -> Iterator[tuple[str, str, int]]:
        """Yield marks, countermeasures and seed of every cell; ``seed`` is used if the file has no seeds."""
        yield from itertools.product(self._marks, self._countermeasures, self._seeds or (seed,))

    def parts(self, marks: str) -> tuple[str, ...]:
        """Return the names of the marks that ``marks`` combines; empty if it is a single kind of mark."""
        return self._parts[marks]

    def options(self, given: argparse.Namespace, marks: str, countermeasures: str, seed: int) -> argparse.Namespace:
        """Return the options of one cell; later ones win: ``given``, the file's, the marks', the countermeasures'."""
        options = copy.copy(given)
        own = {key: value for key, value in self._marks[marks].items() if key != TOGETHER}
        for title, table in (
            ("options", self._base),
            (f"marks.{marks}", own),
            (f"countermeasures.{countermeasures}", self._countermeasures[countermeasures]),
        ):
            self._parse(title, table, options)
        options.seed = seed
        return options

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            with storage_errors(f"{self.name} cannot be read"), path.open("rb") as file:
                content = file.read(_LARGEST_FILE + 1)
            if len(content) > _LARGEST_FILE:
                raise UsageError(f"{self.name} is too large to be a grid.")
            return tomllib.loads(content.decode())
        except ValueError as error:
            raise UsageError(f"{self.name} is no TOML: {printable(str(error)).rstrip('.')}.") from error

    def _named(self, title: str, tables: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        named = tables.get(title, {_ONLY: {}})
        if not isinstance(named, dict) or not named:
            raise self._wrong(f"“{title}”", f"holds named tables, such as [{title}.strong]")
        return {name: self._table(f"{title}.{name}", table) for name, table in named.items()}

    def _table(self, title: str, table: object) -> dict[str, Any]:
        """Return ``table`` if its keys and values are options; else raise UsageError."""
        if not isinstance(table, dict):
            raise self._wrong(f"“{printable(title)}”", f"is a table, written as [{printable(title)}]")
        own = {key: value for key, value in table.items() if key != TOGETHER or not title.startswith("marks.")}
        self._parse(title, own, argparse.Namespace())
        return table

    def _parse(self, title: str, table: Mapping[str, Any], options: argparse.Namespace) -> None:
        """Set the values of ``table`` in ``options``."""
        parser = _TableParser(allow_abbrev=False, add_help=False)
        add_options(parser)
        known = {name.replace("_", "-"): default for name, default in vars(parser.parse_args([])).items()}
        written: list[str] = []
        for key, value in table.items():
            where = f"“{printable(key)}” in [{printable(title)}]"
            if key not in known or key.replace("-", "_") in _OUTSIDE:
                raise self._wrong(
                    where, f"is no option here{_near(key, [k for k in known if k.replace('-', '_') not in _OUTSIDE])}"
                )
            is_flag = known[key] is False
            if is_flag is not isinstance(value, bool) or isinstance(value, dict):
                raise self._wrong(where, "is true or false" if is_flag else "wants a number or a text")
            if is_flag:
                written += [f"--{key}"] if value else []
            elif isinstance(value, list):
                written += [f"--{key}", *map(str, value)]
            else:
                written.append(f"--{key}={value}")
        try:
            parser.parse_args(written, options)
        except UsageError as error:
            raise UsageError(f"{self.name}, [{printable(title)}]: {error}.") from error

    def _together(self, name: str, table: Mapping[str, Any]) -> tuple[str, ...]:
        parts = table.get(TOGETHER, [])
        if not isinstance(parts, list) or not all(isinstance(part, str) and part in self._marks for part in parts):
            raise self._wrong(f"“{TOGETHER}” in [marks.{printable(name)}]", "lists names of other marks in this file")
        if any(TOGETHER in self._marks[part] for part in parts):
            raise self._wrong(f"“{TOGETHER}” in [marks.{printable(name)}]", "names marks that are together themselves")
        return tuple(parts)

    def _seeds_in(self, seeds: object) -> tuple[int, ...]:
        if seeds is None:
            return ()
        if not isinstance(seeds, list) or not seeds or not all(type(seed) is int and seed >= 0 for seed in seeds):
            raise self._wrong("“seeds”", "is a list of whole numbers, such as [0, 1, 2]")
        return tuple(dict.fromkeys(seeds))

    def _wrong(self, where: str, what: str) -> UsageError:
        return UsageError(f"{self.name}: {where} {what}.")


class _TableParser(NumberParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(in_plain_words(message).rstrip("."))


def _near(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean “{close[0]}”?" if close else ""
