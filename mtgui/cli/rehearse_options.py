"""The options of ``mtgui rehearse``, in groups."""

import argparse
from pathlib import Path

from mtgui.cli.stdin_control import add_program_options
from mtgui.marking.settings import NOISE_KINDS
from mtgui.rehearsal.countermeasure_table import COUNTERMEASURES
from mtgui.rehearsal.fine_tuning import tuning_settings as tuning
from mtgui.rehearsal.network_table import NETWORK_NAMES
from mtgui.rehearsal.rehearsal_settings import CLASSES, KINDS, MADE, SIDE, USERS, WANTED_PRECISIONS, RehearsalSettings

_THREADS_HELP = (
    "number of processor threads, at most those that it has (default 0: the number that a short trial finds fastest; a "
    "rehearsal in --out goes on with its own number)"
)


CLASSIFIER, DIFFUSION = "classifier", "diffusion"
OF_DIFFUSION = ("fine_tune", "exposures", "rank", "width", "base_steps")
"""Options that only rehearsals with a diffusion model have."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe all options."""
    parser.add_argument(
        "--model",
        choices=(CLASSIFIER, DIFFUSION),
        default=CLASSIFIER,
        help="classifier (default); or diffusion: would a LoRA of these pictures be found? A small diffusion model is "
        "trained, and a LoRA of the pictures of each artist",
    )
    parser.add_argument(
        "--data",
        default=MADE,
        metavar="DIR|ARCHIVE|made",
        help="folder with one subfolder per class, a tar archive of one, or pictures that mtgui makes (default made)",
    )
    parser.add_argument(
        "--side",
        type=int,
        metavar="N",
        help=f"pixels of a picture (default {SIDE}, or {tuning.SIDE} with --model diffusion)",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="take only N pictures, chosen at random")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all random choices (default 0)")
    parser.add_argument("--device", default="auto", metavar="NAME", help="auto (default), cpu, cuda, cuda:1, xpu, mps")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help=_THREADS_HELP)
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep models, marks, losses and results here")
    parser.add_argument(
        "--grid",
        type=Path,
        metavar="FILE",
        help="do the rehearsals of this TOML file, marks x countermeasures x seeds, and write tables to --out; "
        "those that have results already are not done again",
    )
    parser.add_argument(
        "--measure",
        action="store_true",
        help="only measure, in a few seconds, about how long the rehearsal would take on this computer",
    )
    _add_users(parser)
    _add_training(parser)
    _add_countermeasures(parser)
    _add_audits(parser)
    _add_diffusion(parser)
    add_program_options(parser)


def _add_users(parser: argparse.ArgumentParser) -> None:
    users = parser.add_argument_group("the artists and their marks")
    users.add_argument(
        "--artists",
        "--users",
        dest="users",
        type=int,
        metavar="K",
        help=f"how many (default {USERS}, or {tuning.ARTISTS} with --model diffusion); --users is the same option",
    )
    users.add_argument(
        "--published", type=int, metavar="N", help="pictures of each (default 25, and half of those of --pictures)"
    )
    users.add_argument(
        "--withheld", type=int, metavar="N", help="pictures of each (default 25, and half of those of --pictures)"
    )
    users.add_argument(
        "--pictures",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="your own pictures, files or folders: they become the first artist's. A subfolder with the name of a "
        "class of the data says that its pictures are of that class; others get a random class",
    )
    users.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="take settings of the marks and numbers of pictures from this mark record, and its originals (beside it, "
        "or in --pictures) as your own pictures. No key of it is used",
    )
    users.add_argument(
        "--classes",
        choices=[name.replace(" ", "-") for name in CLASSES],
        default="one-each",
        help="of the artists' pictures: every artist one class, all the same class, or mixed (default one-each)",
    )
    users.add_argument(
        "--preset",
        metavar="NAME",
        help="of the marks: invisible, faint, clear, paper (default paper, or invisible with --model diffusion)",
    )
    users.add_argument("--blend", type=float, metavar="R", help="blend ratio, weight of the original")
    users.add_argument("--noise", type=int, metavar="N", help="noise budget in 255ths")
    users.add_argument("--noise-kind", choices=NOISE_KINDS, help="default perlin")
    users.add_argument("--tint", type=float, metavar="N", help="a tint instead: its strength in 255ths, at most 16")
    users.add_argument("--tint-colour", action="store_true", help="the tint shifts colours, too, not light alone")


def _add_training(parser: argparse.ArgumentParser) -> None:
    training = parser.add_argument_group("the training")
    training.add_argument(
        "--models",
        default="marked,absent",
        metavar="KINDS",
        help=f"which to train, of {', '.join(KINDS)}: with marked copies, with their originals, with neither",
    )
    training.add_argument("--paper", action="store_true", help="train as the paper does; options below override this")
    training.add_argument("--network", choices=NETWORK_NAMES, help="default fast, or what --start-from holds")
    training.add_argument(
        "--start-from",
        type=Path,
        metavar="FILE",
        help="train the classifier in this model file further: one that mtgui inspect recognises, or one that a "
        "rehearsal kept. The learning rate is then 0.01 unless --rate says otherwise",
    )
    training.add_argument("--epochs", type=int, metavar="N", help="passes over the pictures (default 30)")
    training.add_argument("--batch", type=int, metavar="N", help="pictures a step (default 128)")
    training.add_argument("--rate", type=float, metavar="R", help="highest learning rate (default 0.1)")
    training.add_argument("--augment", action="store_true", help="mirror and shift pictures at random")
    training.add_argument(
        "--precision",
        choices=WANTED_PRECISIONS,
        default="auto",
        help="of the training (default auto: bfloat16 on CUDA cards where it is safe and fast, else float32; a "
        "rehearsal in --out goes on with its own precision)",
    )
    training.add_argument("--bfloat16", action="store_true", help="the same as --precision bfloat16")
    training.add_argument("--aside", type=float, default=0.2, metavar="S", help="share kept for testing (default 0.2)")


def _add_countermeasures(parser: argparse.ArgumentParser) -> None:
    measures = parser.add_argument_group("what a model maker may do against marks")
    for row in COUNTERMEASURES:
        measures.add_argument(row.option, type=row.kind, metavar=row.metavar, help=row.help)


def _add_audits(parser: argparse.ArgumentParser) -> None:
    audits = parser.add_argument_group("the audits")
    usual = RehearsalSettings()
    audits.add_argument(
        "--audit-every", type=int, metavar="N", help="also audit the model with the marks after every N epochs"
    )
    audits.add_argument(
        "--reach",
        type=int,
        metavar="N",
        help="let the curve go on to N pictures published and N withheld, with pictures of a few further artists",
    )
    audits.add_argument("--alpha", default="0.01", metavar="A", help="largest error probability (default 0.01)")
    audits.add_argument(
        "--keys",
        type=int,
        default=usual.keys,
        metavar="K",
        help="decoy keys if no picture is withheld (default %(default)s)",
    )
    audits.add_argument(
        "--keys-beside",
        type=int,
        default=usual.keys_beside,
        metavar="K",
        help="if some are withheld (default %(default)s)",
    )
    audits.add_argument(
        "--sets", type=int, default=usual.sets, metavar="N", help="sets of held-out pictures (default %(default)s)"
    )


def _add_diffusion(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("LoRAs and fine-tunes (--model diffusion)")
    usual = " ".join(map(str, tuning.EXPOSURES))
    group.add_argument(
        "--fine-tune",
        choices=tuning.FINE_TUNES,
        help="what is made of the pictures of each artist: a LoRA (lora, the default), or a model whose weights are "
        "all trained further (full)",
    )
    group.add_argument(
        "--exposures",
        type=int,
        nargs="+",
        metavar="N",
        help=f"audit each when training has shown every picture N times (default {usual})",
    )
    group.add_argument("--rank", type=int, metavar="N", help=f"of a LoRA (default {tuning.RANK})")
    group.add_argument(
        "--width", type=int, metavar="N", help=f"channels of the network's first block (default {tuning.WIDTH})"
    )
    group.add_argument(
        "--base-steps", type=int, metavar="N", help=f"steps of the training of the base (default {tuning.BASE_STEPS:,})"
    )
