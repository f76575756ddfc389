"""XMP packets: remove what must not be published, and add the statements that the artist chose.

Foreign packets are parsed with defusedxml, so that no entity is ever expanded and no address fetched.
"""

import re
from dataclasses import dataclass
from xml.dom import Node
from xml.dom.minidom import Attr, Document, Element, Text
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException, minidom

from mtgui.pictures.hidden_data import hides_data
from mtgui.pictures.metadata import CREDENTIALS_DROPPED, FILM_DROPPED, GAIN_MAP_DROPPED, PARTS_DROPPED
from mtgui.pictures.metadata_suspicion import HIDDEN_DROPPED, PLACE_DROPPED, objection
from mtgui.pictures.places import coordinates_among, names_place, tells_place

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
JPEG_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
"""What stands before a packet in a JPEG segment."""
XMLNS = "http://www.w3.org/2000/xmlns/"
TIFF = "http://ns.adobe.com/tiff/1.0/"
EXIF = "http://ns.adobe.com/exif/1.0/"
PLUS = "http://ns.useplus.org/ldf/xmp/1.0/"
MTGUI = "https://mtgui.org/ns/1.0/"
NO_TRAINING = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING"
"""PLUS vocabulary, property Data Mining: prohibited for training of AI and machine-learning models."""

_STRICTER = {
    "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED",
    "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING",
}
DAMAGED = "Its XMP data are damaged and were left out."
ANCESTORS_DROPPED = "The long list of documents that it was put together from (Photoshop) was left out."
_LARGEST = 4 << 20
_COMMITMENT = re.compile(rb"""\bCommitment(?:\s*=\s*["']|>)([0-9a-f]{64})(?=["'<])""")
_HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_TAIL = '\n<?xpacket end="w"?>'
_THUMBNAILS = {
    ("http://ns.adobe.com/xap/1.0/", "Thumbnails"),
    ("http://ns.adobe.com/xmp/note/", "HasExtendedXMP"),
    ("http://ns.google.com/photos/1.0/image/", "Data"),
    ("http://ns.google.com/photos/1.0/depthmap/", "Data"),
    ("http://ns.adobe.com/xap/1.0/g/img/", "image"),
}
_LISTS = {"Seq", "Bag", "Alt"}
_GAIN_MAPS = {"http://ns.adobe.com/hdr-gain-map/1.0/", "http://ns.apple.com/HDRGainMap/1.0/"}
_CAMERA = "http://ns.google.com/photos/1.0/camera/"
_CONTAINER = "http://ns.google.com/photos/1.0/container/"
_TERMS = "http://purl.org/dc/terms/"
_ANCESTORS = ("http://ns.adobe.com/photoshop/1.0/", "DocumentAncestors")
_PLACES = {
    ("http://ns.adobe.com/photoshop/1.0/", "City"),
    ("http://ns.adobe.com/photoshop/1.0/", "State"),
    ("http://ns.adobe.com/photoshop/1.0/", "Country"),
    ("http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "Location"),
    ("http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "CountryCode"),
    ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "LocationCreated"),
    ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "LocationShown"),
}


@dataclass(frozen=True)
class Statements:
    """Statements added to a published packet: no training, and the commitment of the mark record."""

    forbid_training: bool = False
    commitment: str | None = None

    def __bool__(self) -> bool:
        """True when there is anything to state."""
        return self.forbid_training or self.commitment is not None


def create(statements: Statements) -> bytes | None:
    """Return a new packet with only ``statements``; None if there are none."""
    properties = "".join(f' xmlns:{p}="{ns}" {p}:{name}="{escape(v)}"' for p, ns, name, v in _own(statements))
    if not properties:
        return None
    body = f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about=""{properties}/></rdf:RDF>'
    return f'{_HEAD}<x:xmpmeta xmlns:x="adobe:ns:meta/">{body}</x:xmpmeta>{_TAIL}'.encode()


def commitments_in(data: bytes) -> frozenset[str]:
    """Return the commitments (64 hexadecimal digits) that the packets in a whole picture file, ``data``, state."""
    if MTGUI.encode() not in data:
        return frozenset()
    return frozenset(found.decode() for found in _COMMITMENT.findall(data))


def clean(
    packet: bytes, size: tuple[int, int], statements: Statements, *, remove_places: bool
) -> tuple[bytes | None, tuple[str, ...]]:
    """Return ``packet`` cleaned for publication with a picture of ``size`` (width, height), and notes.

    Orientation and dimensions are corrected and ``statements`` are added. Thumbnails, and what is said of data that no
    copy holds, are removed; with ``remove_places`` positions and names of places too. A damaged packet is replaced by
    one with only the statements.
    """
    notes: list[str] = []
    try:
        document, root = _parse(packet)
        tops = root.getElementsByTagNameNS(RDF, "RDF") or ([root] if root.localName == "RDF" else [])
        if not tops:
            raise ValueError("no RDF")
        _leave_only(root, tops[0])
        _clean_attributes(root, notes, {}, remove_places=remove_places)
        _edit(document, tops[0], size, notes, remove_places=remove_places)
        if hides_data("\n".join(_values(tops[0]))):
            return create(statements), (*dict.fromkeys(notes), HIDDEN_DROPPED)
        _state(document, tops[0], statements)
        text = _HEAD + root.toxml() + _TAIL
        if {GAIN_MAP_DROPPED, FILM_DROPPED} & set(notes):
            notes = [note for note in notes if note != PARTS_DROPPED]
        return text.encode(), tuple(dict.fromkeys(notes))
    except (ValueError, LookupError, AttributeError, RecursionError, ExpatError, DefusedXmlException):
        return create(statements), (DAMAGED,)


def _own(statements: Statements) -> list[tuple[str, str, str, str]]:
    own = []
    if statements.forbid_training:
        own.append(("plus", PLUS, "DataMining", NO_TRAINING))
    if statements.commitment is not None:
        own.append(("mtgui", MTGUI, "Commitment", statements.commitment))
    return own


def _parse(packet: bytes) -> tuple[Document, Element]:
    if len(packet) > _LARGEST:
        raise ValueError("too large")
    stripped = packet.strip(b"\0 \t\r\n")
    document = minidom.parseString(stripped, forbid_dtd=True)
    if document.documentElement is None:
        raise ValueError("empty")
    return document, document.documentElement


def _leave_only(root: Element, rdf: Element) -> None:
    """Remove everything but the properties, comments too: no program reads it, and anything may be hidden in it."""
    if rdf.parentNode is root:
        for child in list(root.childNodes):
            if child is not rdf:
                root.removeChild(child)
    for element in [rdf, *rdf.getElementsByTagName("*")]:
        for child in list(element.childNodes):
            if child.nodeType in (Node.COMMENT_NODE, Node.PROCESSING_INSTRUCTION_NODE):
                element.removeChild(child)


def _edit(document: Document, rdf: Element, size: tuple[int, int], notes: list[str], *, remove_places: bool) -> None:
    right = {
        (TIFF, "Orientation"): "1",
        (TIFF, "ImageWidth"): str(size[0]),
        (TIFF, "ImageLength"): str(size[1]),
        (EXIF, "PixelXDimension"): str(size[0]),
        (EXIF, "PixelYDimension"): str(size[1]),
    }
    _clean_attributes(rdf, notes, right, remove_places=remove_places)
    if remove_places and _remove_coordinates(rdf):
        notes.append(PLACE_DROPPED)
    for element in rdf.getElementsByTagName("*"):
        key = (element.namespaceURI or "", element.localName)
        is_list = key[0] == RDF and key[1] in _LISTS
        text = _whole_text(element) if is_list else _text(element)
        parent = element.parentNode
        # The numbers of documents are digits without words, as those of a picture would be.
        is_ancestry = is_list and isinstance(parent, Element) and (parent.namespaceURI, parent.localName) == _ANCESTORS
        found: list[str] = []
        # Items that tell a place go one by one; two numbers do so only together.
        judges_place = remove_places and not (is_list and any(map(tells_place, text.split("\n"))))
        if _goes(key, text, found, remove_places=judges_place):
            notes.extend([ANCESTORS_DROPPED] if is_ancestry else found)
            if parent is not None:
                parent.removeChild(element)
            continue
        if key in right:
            for child in list(element.childNodes):
                element.removeChild(child)
            element.appendChild(document.createTextNode(right[key]))
        _clean_attributes(element, notes, right, remove_places=remove_places)


def _remove_coordinates(rdf: Element) -> bool:
    """Remove pairs of properties beside each other that are a coordinate each; False where there are none."""
    is_found = False
    for owner in [rdf, *rdf.getElementsByTagName("*")]:
        groups: dict[str, list[Attr | Element]] = {}
        for one in (*owner.attributes.values(), *owner.childNodes):
            if isinstance(one, Attr | Element):
                groups.setdefault(one.namespaceURI or "", []).append(one)
        for group in groups.values():
            texts = [_text(one) if isinstance(one, Element) else one.value for one in group]
            for at in coordinates_among(texts):
                is_found, one = True, group[at]
                if isinstance(one, Attr):
                    owner.removeAttributeNode(one)
                else:
                    owner.removeChild(one)
    return is_found


def _clean_attributes(
    element: Element, notes: list[str], right: dict[tuple[str, str], str], *, remove_places: bool
) -> None:
    for attribute in list(element.attributes.values()):
        name = (attribute.namespaceURI or "", attribute.localName)
        is_claim = name[0] == XMLNS and (attribute.value in _GAIN_MAPS or attribute.value.startswith(_CONTAINER))
        if is_claim or _goes(name, attribute.value, notes, remove_places=remove_places and name[0] != XMLNS):
            element.removeAttributeNode(attribute)
        elif name in right:
            attribute.value = right[name]


def _goes(name: tuple[str, str], value: str, notes: list[str], *, remove_places: bool) -> bool:
    """Return True to remove a property, and note it where its name does not tell why."""
    if name in _THUMBNAILS:
        return True
    if remove_places and (name in _PLACES or names_place(name[1]) or "/geo/" in name[0]):
        return True
    claim = _claim(*name)
    note = claim or objection(value, remove_places=remove_places)
    if value.lstrip().startswith("/9j/") or hides_data(name[1]):
        note = HIDDEN_DROPPED
    if note:
        notes.append(note)
    return note is not None


def _claim(namespace: str, name: str) -> str | None:
    """Return the note for a property that says what lies behind or beside the picture; None for others."""
    if namespace in _GAIN_MAPS:
        return GAIN_MAP_DROPPED
    if namespace == _CAMERA and name.startswith(("MotionPhoto", "MicroVideo")):
        return FILM_DROPPED
    if namespace.startswith(_CONTAINER):
        return PARTS_DROPPED
    return CREDENTIALS_DROPPED if (namespace, name) == (_TERMS, "provenance") else None


def _whole_text(element: Element) -> str:
    """Return the texts of all items of a list, one a line, since data may be spread over them."""
    return "\n".join(_text(item) for item in element.getElementsByTagNameNS(RDF, "li"))


def _values(rdf: Element) -> list[str]:
    """Return the texts and the values of the attributes of all properties, since data may be spread over them."""
    found = []
    for element in rdf.getElementsByTagName("*"):
        found += [one.value for one in element.attributes.values() if one.namespaceURI not in (XMLNS, RDF)]
        found.append(_text(element).strip())
    return [value for value in found if value]


def _text(element: Element) -> str:
    return "".join(child.data for child in element.childNodes if isinstance(child, Text))


def _state(document: Document, rdf: Element, statements: Statements) -> None:
    descriptions = rdf.getElementsByTagNameNS(RDF, "Description")
    about = descriptions[0].getAttributeNS(RDF, "about") if descriptions else ""
    own = _own(statements)
    stated = {_existing(rdf, PLUS, "DataMining")} & _STRICTER
    own = [item for item in own if not (item[2] == "DataMining" and stated)]
    for _, namespace, name, _ in own:
        _remove(rdf, namespace, name)
    if not own:
        return
    added = document.createElementNS(RDF, "rdf:Description")
    added.setAttributeNS(XMLNS, "xmlns:rdf", RDF)
    added.setAttributeNS(RDF, "rdf:about", about)
    for prefix, namespace, name, value in own:
        added.setAttributeNS(XMLNS, f"xmlns:{prefix}", namespace)
        added.setAttributeNS(namespace, f"{prefix}:{name}", value)
    rdf.appendChild(added)


def _existing(rdf: Element, namespace: str, name: str) -> str:
    for element in rdf.getElementsByTagNameNS(namespace, name):
        return _text(element).strip()
    for element in rdf.getElementsByTagNameNS(RDF, "Description"):
        if element.hasAttributeNS(namespace, name):
            return element.getAttributeNS(namespace, name)
    return ""


def _remove(rdf: Element, namespace: str, name: str) -> None:
    for element in rdf.getElementsByTagNameNS(namespace, name):
        if element.parentNode is not None:
            element.parentNode.removeChild(element)
    for element in rdf.getElementsByTagNameNS(RDF, "Description"):
        if element.hasAttributeNS(namespace, name):
            element.removeAttributeNS(namespace, name)
