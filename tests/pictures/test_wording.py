"""Data in the guise of a text go in any form; texts in any language, and what programs record, stay."""

import base64
import binascii
import html
import json
import random

import pytest
from PIL import Image

from mtgui.pictures.metadata_suspicion import HIDDEN_DROPPED, objection
from mtgui.pictures.wording import are_words, is_disguised
from tests.pictures.picture_samples import encoded, noise

DATA = encoded(Image.fromarray(noise(24, 32, 3, seed=5)), "JPEG", quality=60)
B64, B32 = base64.b64encode(DATA).decode(), base64.b32encode(DATA).decode()
DRAW = random.Random(3)


def pieces(text: str, width: int, gap: str) -> str:
    return gap.join(text[at : at + width] for at in range(0, len(text), width))


DISGUISED = {
    "numbers and spaces": " ".join(map(str, DATA)),
    "numbers and commas": ", ".join(map(str, DATA)),
    "numbers and line breaks": "\n".join(map(str, DATA)),
    "uuencode": "".join(binascii.b2a_uu(DATA[at : at + 45]).decode() for at in range(0, len(DATA), 45)),
    "dump": "\n".join(f"{at:08x}: {DATA[at : at + 16].hex(' ', 2)}" for at in range(0, len(DATA), 16)),
    "entities": "".join(f"&#{byte};" for byte in DATA),
    "hexadecimal entities": "".join(f"&#x{byte:02x};" for byte in DATA),
    "escapes": "".join(f"\\u{byte:04x}" for byte in DATA),
    "base32 in groups": pieces(B32, 8, " "),
    **{f"base64 in pieces with {gap!r}": pieces(B64, 20, gap) for gap in (", ", ".", '", "', "|", " ")},
    "base64 in pieces of four": pieces(B64, 4, " "),
    "Chinese signs": "".join(chr(0x4E00 + byte) for byte in DATA),
    "Braille": "".join(chr(0x2800 + byte) for byte in DATA),
    "emoji": "".join(chr(0x1F300 + byte) for byte in DATA),
}
WORKFLOW = {
    "nodes": [
        {
            "id": number,
            "type": DRAW.choice(["KSampler", "CLIPTextEncode", "VAEDecode"]),
            "pos": [DRAW.random() * 2000, DRAW.random() * 999],
            "inputs": [{"name": "model", "type": "MODEL", "link": number}],
            "widgets_values": [DRAW.randrange(1 << 50), "randomize", 20, 8.0, "euler", "normal", 1.0],
        }
        for number in range(60)
    ]
}
THINGS = [
    "river",
    "b&w",
    "35mm",
    "HDR",
    "Zürich",
    "oil on canvas",
    "bridge",
    "(red:1.2)",
    "winter",
    "DSLR",
    "12 × 18 cm",
]
HONEST = {
    "workflow": json.dumps(WORKFLOW),
    "keywords": ",".join(DRAW.choice(THINGS) for _ in range(400)),
    "names of files": " ".join(f"DSC_{number}.NEF" for number in range(2000, 2300)),
    "addresses": "\n".join(f"https://www.example.com/photos/{DRAW.randrange(10**9)}/in/album" for _ in range(60)),
    "exposures": "\n".join(
        f"{n:03} 1/{DRAW.randrange(8000)} f/{DRAW.choice([2.8, 4, 5.6])} ISO {DRAW.randrange(100, 6400)}"
        for n in range(80)
    ),
    "strokes of a brush": "\n".join(f"d {DRAW.random():.6f} {DRAW.random():.6f}" for _ in range(300)),
    "history": "\n".join(
        f"xmp.iid:{DRAW.randrange(1 << 128):032x} saved 2024-05-0{n % 9}T12:00:{n:02} Adobe Photoshop 25.0 (Macintosh)"
        for n in range(30)
    ),
    "times": "\n".join(f"2024-06-{DRAW.randrange(10, 31)}T12:{DRAW.randrange(10, 60)}:09+01:00" for _ in range(90)),
}
LANGUAGES = (
    "© 2024 Ada Example. All rights reserved; no reproduction without written permission.",
    "Abendstimmung am See mit Fischerbooten, im Hintergrund das schneebedeckte Gebirge.",
    "Coucher de soleil près de l'église, été 2023, huile sur toile (80 × 60 cm).",
    "Zachód słońca nad jeziorem, łodzie i góry w tle.",
    "Закат на озере под горами и тихие лодки.",
    "Ηλιοβασίλεμα στη λίμνη με βάρκες.",
    "غروب الشمس على البحيرة مع القوارب والجبال",
    "नदी के किनारे शाम का दृश्य, नावें और पहाड़",
    "ภาพถ่ายพระอาทิตย์ตกที่ชายหาดในประเทศไทยสวยงามมากจริงๆ",
    "这是一张非常美丽的照片拍摄于傍晚时分湖边的小船和远山倒映在水中",
    "這是一張非常美麗的照片拍攝於傍晚時分湖邊的小船和遠山倒映在水中",
    "夕暮れの湖に浮かぶ舟。静かな水面に山が映っている。",
    "호수에 비친 산과 작은 배들이 있는 저녁 풍경입니다.",
    "Hoàng hôn trên hồ với những chiếc thuyền và núi non.",
)


@pytest.mark.parametrize("kind", DISGUISED)
def test_data_in_the_guise_of_a_text_go(kind: str) -> None:
    text = DISGUISED[kind]
    assert is_disguised(text)
    forms = (text, text.encode(), text.encode("utf-16-le"), b"UNICODE\0" + text.encode("utf-16-be"))
    assert all(objection(form, remove_places=False) == HIDDEN_DROPPED for form in forms)


@pytest.mark.parametrize("kind", HONEST)
def test_what_programs_record_stays(kind: str) -> None:
    text = HONEST[kind]
    assert not is_disguised(text)
    forms = (text, text.encode(), b"UNICODE\0" + text.encode("utf-16-le"), (text + "\0").encode("utf-16-le"))
    assert [objection(form, remove_places=False) for form in forms] == [None] * 4


@pytest.mark.parametrize("text", LANGUAGES)
def test_words_of_any_language_are_words(text: str) -> None:
    assert are_words(text)
    long = text * 30
    forms = (long, long.encode(), b"UNICODE\0" + long.encode("utf-16-le"), (long + "\0").encode("utf-16-le"))
    assert [objection(form, remove_places=False) for form in forms] == [None] * 4


def test_entities_of_an_honest_text_are_no_data() -> None:
    text = html.escape("Ada said: \"Never <b>again</b> & again\", and 'left' the harbour for good. " * 40)
    assert objection(text, remove_places=False) is None
