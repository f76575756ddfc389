"""The method in plain words, with its limits, as every report carries it."""


def _sentences(text: str) -> tuple[str, ...]:
    """Return the paragraphs of ``text``, each on one line."""
    return tuple(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


MEANING = _sentences("""
It is not the probability that the model is innocent, and it does not say how the pictures got into the training.

It speaks of the published set as a whole, not of any single picture.

It is about this model file. It says nothing of other models, nor of who made this one.
""")

MEANING_WITHOUT_EVIDENCE = _sentences("""
It does not show that the pictures were not used: a model that memorises little, or met changed pictures, can have been
trained on them and leave no trace that this audit finds.

It is not the probability that the model is innocent.

It is about this model file. It says nothing of other models, nor of who made this one.
""")

(MEANING_STOPPED,) = _sentences("""
The audit stopped before its last key, because from there on nothing could have led to evidence at the chosen level.
Such a run counts as p = 1.
""")

STEPS = _sentences("""
Before anything was published, mtgui threw two coins: chance decided which pictures of a pool to publish and which to
keep private, and a secret key decided the noise that the published copies carry. The mark record fixed both.

For this audit every picture of the pool, published or not, was marked under the mark key and under decoy keys, which
were drawn in the same way and never used for publishing. The model was asked about all of them. Its loss says how
surprised it is by a picture: the lower, the better it remembers.

The set loss is the mean loss of the published pictures under the mark key. It was compared with the set losses of other
draws that chance could just as well have made, under every key. The p-value is the share of them, the true one
included, that are not larger.

If the model is independent of the two coins, then a p-value of at most α comes up with a probability of at most α,
whatever the model, its size or its task. Nothing about the losses is assumed.

Everything was fixed before the first picture was shown to the model: the level α, the number of keys and draws, the
labels and the preprocessing. Several models or records in one run are adjusted after Holm (1979). The k-th run of the
same record on the same model with other settings has its p-value multiplied by k(k + 1), from the second on: so all
such runs together, however many, call an innocent model guilty with a probability of at most one and a half times α.
""")

LIMITS = _sentences("""
Evidence means that the model depends on what the coins decided: on the published copies, on something derived from
them, or on something else that was released because a picture was drawn. Originals that were public before the draw,
or private pictures that leaked, cost power but raise no false alarm.

The bound holds for those who trust that the coins were thrown fairly and once, and that the pictures kept private and
the mark key were treated as the record says.

A wrong architecture or preprocessing makes evidence harder to find; by chance it produces none more often than α says.
""")

(SOURCE,) = _sentences("""
The marks and the set loss follow D. Chen and K. Pattabiraman, “Anonymity Unveiled: A Practical Framework for Auditing
Data Use in Deep Learning Models”, CCS 2025, arXiv 2409.06280. The exact test is mtgui's own.
""")

(PROVING,) = _sentences("""
The JSON report of the same run holds the whole loss matrix. “mtgui verify REPORT.json” makes the reference draws again
and proves p-value and verdict from it; with “--record” also that the draw is the mark record's. Proving the losses
themselves needs the model, the originals and the record.
""")

_WITNESSED = (
    "The draw was witnessed: somebody else can show that the record existed before the pictures were published."
)

(_DATED,) = _sentences("""
Where somebody else dated the record's commitment, that date shows that this record existed by then; it does not show
that there was no other.
""")

DRAW_NOT_WITNESSED = "Draw not witnessed: convincing to those who trust the record's maker."


def witness_statement(*, is_witnessed: bool) -> str:
    """Return the statement about whether the draw was witnessed."""
    return _WITNESSED if is_witnessed else f"{DRAW_NOT_WITNESSED} {_DATED}"
