"""What a draw has decided, for the panel that locks after it."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from mtgui.common.texts import plural, text
from mtgui.common.words import whole
from mtgui.marking.settings import MarkSettings
from mtgui.records.attainable_p import AuditSize, StratumSize, audit_size, proposed_keys

if TYPE_CHECKING:
    from mtgui.records.record import Record


@dataclass(frozen=True)
class DrawnSet:
    """The draws of one record: its mark, and how many pictures go out and stay home, pinned ones among them.

    size: the numbers of an audit of these draws, which bound its p.
    """

    settings: MarkSettings
    published: int
    kept: int
    size: AuditSize
    pinned_out: int = 0
    pinned_home: int = 0

    @property
    def share(self) -> Fraction:
        """The share of pictures that go out."""
        return Fraction(self.published, max(1, self.published + self.kept))

    @property
    def smallest_p(self) -> Fraction:
        """The smallest p that an audit of these draws can reach."""
        return self.size.smallest_p

    def with_new(self, new: int) -> "DrawnSet":
        """Return this set as it will be after a draw of ``new`` pictures of their own."""
        if not new:
            return self
        out = self.new_out(new)
        strata = (*self.size.strata, StratumSize(out, new))
        keys = proposed_keys(self.settings, strata) + 1 if self.size.has_key_coin else 1
        size = replace(self.size, strata=strata, keys=keys)
        return replace(self, published=self.published + out, kept=self.kept + new - out, size=size)

    def new_out(self, new: int) -> int:
        """Return how many of ``new`` pictures will go out: the share of the record."""
        from mtgui.records.draw import PublishRule

        return PublishRule(share=self.share).published_of(new) if self.kept else new

    @property
    def in_words(self) -> str:
        """One sentence about what was drawn."""
        return text(
            "The coin has decided: {published} go out, {kept} stay home. The record holds this draw and the mark.",
            published=whole(self.published),
            kept=whole(self.kept),
        )

    def new_in_words(self, new: int) -> str:
        """Return a sentence about pictures that came after the draw; empty if there are none."""
        if not new:
            return ""
        out = self.new_out(new)
        return plural(
            new,
            "{count} new picture: {fate}",
            "{count} new pictures: {fate}",
            fate=plural(out, "{count} goes out.", "{count} go out."),
        )


def drawn_set(record: "Record") -> DrawnSet:
    """Return what the draws of ``record`` have decided."""
    choices = [picture.choice for _, _, picture in record.pictures()]
    out = record.published_count
    return DrawnSet(
        record.blocks[0].settings,
        out,
        record.picture_count - out,
        audit_size(record.blocks),
        choices.count("always publish"),
        choices.count("always withhold"),
    )
