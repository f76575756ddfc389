from os import PathLike
from xml.etree.ElementTree import ElementTree

def parse(source: str | PathLike[str]) -> ElementTree: ...
