"""All families of architectures, the most usual first."""

from mtgui.auditing.recognition import timm, torchvision, transformers
from mtgui.auditing.recognition.cifar import family as cifar
from mtgui.auditing.recognition.family import Family

FAMILIES: tuple[Family, ...] = (torchvision, cifar, transformers, timm)
