"""All families of architectures, the most usual first."""

from mtgui.auditing.architectures.cifar import recognition as cifar
from mtgui.auditing.architectures.family import Family
from mtgui.auditing.architectures.timm import recognition as timm
from mtgui.auditing.architectures.torchvision import recognition as torchvision
from mtgui.auditing.architectures.transformers import recognition as transformers

FAMILIES: tuple[Family, ...] = (torchvision, cifar, transformers, timm)
