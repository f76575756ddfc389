"""The numbers behind the plots of an audit, as CSV."""

import csv
import io

from mtgui.desktop.audit.audit_state import PairState


def pair_table(state: PairState) -> str:
    """Return the losses of the pictures and then the histogram of the draws; private pictures are not named."""
    text, of = io.StringIO(), state.scale.suffix
    writer = csv.writer(text)
    writer.writerow([f"published_set_loss{of}", state.set_loss])
    writer.writerow(["draws_at_most", state.at_most, "draws_counted", state.counted])
    writer.writerow([])
    writer.writerow(["picture", "published", f"loss{of}"])
    for one in state.shown():
        writer.writerow([one.name if one.is_published else "", "yes" if one.is_published else "no", one.loss])
    writer.writerow([])
    writer.writerow([f"from{of}", f"to{of}", "draws"])
    bars = state.draws.plain.bars(state.draws.plain.least, state.draws.plain.most, 200)
    for low, high, count in zip(bars.edges[:-1], bars.edges[1:], bars.counts, strict=True):
        writer.writerow([low, high, count])
    return text.getvalue()
