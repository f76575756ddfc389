"""Builds HTML and SVG from elements; all other text is escaped, so no name can become markup."""

import html

from mtgui.common.errors import printable


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | None


def element(name: str, /, *children: Child, **attributes: str | float | None) -> Markup:
    """Return one element. Children that are not `Markup` are escaped, control characters included; None is left out.

    An underscore at the end of an attribute's name is dropped (``class_``); other underscores become hyphens.
    Attributes with the value None are left out.
    """
    inside = "".join(text(child) for child in children if child is not None)
    written = "".join(
        f' {key.strip("_").replace("_", "-")}="{text(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>" if name in _VOID else f"<{name}{written}>{inside}</{name}>")


_VOID = ("img", "meta", "br")


def text(value: str) -> Markup:
    """Return ``value`` escaped, unless it is markup."""
    return value if isinstance(value, Markup) else Markup(html.escape(printable(value)))


def joined(*children: Child) -> Markup:
    """Return ``children`` one after the other, escaped where needed."""
    return Markup("".join(text(child) for child in children if child is not None))


def definition(rows: list[tuple[str, Child]]) -> Markup:
    """Return a table of two columns, names and values; rows without a value are left out."""
    return element(
        "table",
        element(
            "tbody",
            *(
                element("tr", element("th", name, scope="row"), element("td", value))
                for name, value in rows
                if value is not None
            ),
        ),
        class_="facts",
    )
