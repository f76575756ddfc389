"""The mark of tests that compute on a CUDA card: what they show cannot be shown without one.

The same code is tested without a card on a simulated one and on the processor.
"""

import pytest

torch = pytest.importorskip("torch")

CARD = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
