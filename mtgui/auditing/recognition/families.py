"""All families of architectures, the most usual first."""

from mtgui.auditing.recognition import torchvision
from mtgui.auditing.recognition.family import Family

FAMILIES: tuple[Family, ...] = (torchvision,)
