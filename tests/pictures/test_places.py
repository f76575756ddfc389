"""Coordinates go however they are written; other numbers, angles and words stay."""

import struct

import pytest

from mtgui.pictures import exif, ifd, xmp
from mtgui.pictures.metadata_suspicion import PLACE_DROPPED
from mtgui.pictures.places import coordinates_among, names_place, tells_place

PLACES = (
    "47.3769, 8.5417",
    "47.3769\n8.5417",
    "47.3769\t8.5417",
    "(47.3769; 8.5417)",
    "47.37, 8.54",
    "47,3769; 8,5417",
    "47,3769 N 8,5417 E",
    "N47.37 E8.54",
    "47 22 36 N, 8 32 30 E",
    "47d22m36s N 8d32m30s E",
    "taken at 47:22:36.8N 8:32:30.1E",
    "47-22-36N 008-32-30E",
    "47 deg 22' 36.84\" N, 8 deg 32' 30.12\" E",
    "47°22'36\"N",
    "47.3769° N",
    "47&deg;22'36\"N",
    "47\\u00b022' N",
    "\uff14\uff17\uff0e\uff13\uff17\uff16\uff19\uff0c\uff18\uff0e\uff15\uff14\uff11\uff17",
    "47·3769, 8·5417",
    "lat 47 lon 8",
    "Lat: 47.3769",
    "latitude=47.3769",
    "Breite 47.3769 Länge 8.5417",
    "широта 47.3769, долгота 8.5417",
    "緯度47.3769 経度8.5417",
    "32TMT6512447153",
    "8FVC9G8F+5W",
    "https://maps.app.goo.gl/AbCdEf123",
    "https://www.google.com/maps/@47.3769,8.5417,15z",
    "https://www.google.com/maps?q=47.3769%2C8.5417",
    "https://www.google.com/maps/place/47%2E3769%2C8%2E5417",
    "https://www.openstreetmap.org/#map=15/47.3769/8.5417",
    "https://osm.org/?mlat=47.3769&mlon=8.5417",
    '{"lat": "47.3769", "lng": "8.5417"}',
    "POINT(8.5417 47.3769)",
    "+47.3769+008.5417/",
    "+37.7749-122.4194/",
    "47/1,22/1,3684/100",
    "4722.6140,N,00832.5020,E",
    "$GPGGA,123519,4807.038,N,01131.000,E,1,08",
    "geo:47.3769,8.5417",
    "51.5072, -0.1276",
)
OTHERS = (
    "Taken at an angle of 45° to the sun",
    "Rotated by 90°",
    "360° panorama, 360°x180°",
    "20° Celsius, -5 °C",
    "1º lugar no concurso, 2º andar do museu",
    "xy 0.3127, 0.3290 white point",
    "0.31270, 0.32900",
    "Price 12.500, 13.900 EUR",
    "scale 1.000 1.000",
    "1.0000 1.0000",
    "matrix 1.00000 0.00000 0.00000",
    "Size 120.500 x 80.250 cm",
    "Prices: 1.000, 2.000, 3.000",
    "Exposure 1/125, f/2.8",
    "lat 2.50 mm slab, long=1.25 m",
    "Latitude 500.25",
    "Study on geo:metry; geo: my favourite subject",
    "ISO 100,12.5E",
    "Canon EF-S 55.2500 lens",
    "Version 1.2345 N of 5",
    "Plate 3, 12:30:15 and 12:45:10",
    "ISBN 978-3-16-148410-0",
    "A long walk on the latest plateau",
    "file:///home.ada.pictures",
    "parameters: (best quality:1.4), Steps: 28, CFG scale: 7, Seed: 1234567890, Size: 512x768",
)


@pytest.mark.parametrize("text", PLACES)
def test_a_text_tells_a_place(text: str) -> None:
    assert tells_place(text)
    assert tells_place(text.encode())
    assert tells_place(f"Ada, Harbour wall\n{text}\nAll rights reserved")


@pytest.mark.parametrize("text", OTHERS)
def test_a_text_of_other_numbers_tells_none(text: str) -> None:
    assert not tells_place(text)
    assert not tells_place(text.encode("utf-16-le"))


def test_names_of_places_are_whole_words() -> None:
    named = ("GPSAltitude", "gpslatitude", "drone:lat", "Long", "shotLocation", "LocationName", "GeoTag", "CountryCode")
    others = ("LongDescription", "LatestEdit", "LongExposureNoiseReduction", "Geometry", "StateOfMatter", "CityLights")
    assert [name for name in (*named, *others) if names_place(name)] == list(named)


def test_two_numbers_beside_each_other_are_coordinates_unless_there_are_more() -> None:
    assert coordinates_among(["sea", "47.376912", " 8.541722"]) == [1, 2]
    assert coordinates_among(["0.98345", "-2.34567", "0.12345"]) == []
    assert coordinates_among(["0.98345", "0.12345"]) == []


def packet(attributes: str, inside: str) -> bytes:
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{xmp.RDF}"><rdf:Description rdf:about="" '
        f'xmlns:q="http://q/" {attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


@pytest.mark.parametrize(
    ("attributes", "inside"),
    [
        ("", "<q:pos><rdf:Seq><rdf:li>47.376912</rdf:li><rdf:li>8.541722</rdf:li></rdf:Seq></q:pos>"),
        ("", "<q:a>47.376912</q:a><q:b>8.541722</q:b>"),
        ('q:a="47.376912" q:b="8.541722"', ""),
        ('q:a="47.376912"', "<q:b>8.541722</q:b>"),
    ],
)
def test_a_place_in_two_properties_or_items_of_xmp_goes(attributes: str, inside: str) -> None:
    given = packet(attributes, inside + "<q:title>Harbour wall</q:title>")
    kept, notes = xmp.clean(given, (4, 3), xmp.Statements(), remove_places=False)
    assert kept is not None
    assert b"47.376912" in kept
    assert notes == ()
    cleaned, notes = xmp.clean(given, (4, 3), xmp.Statements(), remove_places=True)
    assert cleaned is not None
    assert b"47.376912" not in cleaned
    assert b"8.541722" not in cleaned
    assert b"Harbour wall" in cleaned
    assert notes == (PLACE_DROPPED,)


def test_only_the_item_of_a_list_that_tells_a_place_goes() -> None:
    given = packet("", "<q:k><rdf:Bag><rdf:li>harbour</rdf:li><rdf:li>47.37691, 8.54172</rdf:li></rdf:Bag></q:k>")
    cleaned, _ = xmp.clean(given, (4, 3), xmp.Statements(), remove_places=True)
    assert cleaned is not None
    assert b"harbour" in cleaned
    assert b"47.37691" not in cleaned


def test_the_tie_point_of_a_map_goes_with_the_position() -> None:
    tie = struct.pack("<6d", 0, 0, 0, 8.541722, 47.376912, 0)
    block = b"II*\0\x08\0\0\0" + ifd.write_directory([ifd.Field(33922, 12, 6, tie)], 8, "<")
    kept, _ = exif.clean(block, (4, 3), remove_gps=False)
    cleaned, _ = exif.clean(block, (4, 3), remove_gps=True)
    assert kept is not None
    assert tie in kept
    assert cleaned is not None
    assert tie not in cleaned


def test_a_long_text_is_judged_in_a_moment() -> None:
    for piece in ("1", "12.3456 ", "lat ", "47 22 ", "+12.3", "°", "\\u00b0", "1,", "N 12 ", " ", "deg", "a.", "12/1 "):
        assert tells_place(piece * 20_000) in (True, False)
