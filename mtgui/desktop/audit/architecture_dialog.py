"""The dialog for choosing an architecture by hand: from a list, or as a Python file that builds the model."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, QStringListModel, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mtgui.common.errors import readable_name
from mtgui.desktop.audit.architecture_list import closest_first, known_architectures
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.layouts import answers
from mtgui.desktop.widgets.question_dialog import Question
from mtgui.desktop.widgets.scrolled_dialog import ScrolledDialog

DIALOG_WIDTH, LIST_HEIGHT = 480, 300
RISK = (
    "“{name}” is a program. If you go on, mtgui runs it with all your rights: it can read and change your files and "
    "use the network. Go on only if you wrote it, or if you would let its author use this computer."
)


class ArchitectureDialog(ScrolledDialog):
    """After it is accepted, `architecture` or `factory` holds the choice."""

    def __init__(self, closest: Sequence[str], current: str, parent: QWidget) -> None:
        """List all architectures, ``closest`` first; ``current`` is selected when the dialog opens."""
        super().__init__(parent)
        self.setWindowTitle("Choose the architecture")
        self.architecture = self.factory = ""
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search, such as resnet")
        self._search.setAccessibleName("Search the architectures")
        self._names = QStringListModel(list(closest_first(closest, known_architectures())), self)
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self._names)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._list = QListView()
        self._list.setAccessibleName("Architectures, the closest first")
        self._list.setModel(self._shown)
        self._list.setFixedHeight(LIST_HEIGHT)
        self._list.setUniformItemSizes(True)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._ok = QPushButton("&Use this one")
        self._lay_out(bool(closest))
        self._search.textChanged.connect(self._filter)
        self._list.doubleClicked.connect(self._take)
        self._ok.clicked.connect(self._take)
        self._list.selectionModel().currentChanged.connect(self._offer)
        self._select(current)

    def _filter(self, text: str) -> None:
        self._shown.setFilterFixedString(text.strip())
        self._select("")

    def _select(self, name: str) -> None:
        rows = [row for row in range(self._shown.rowCount()) if self._shown.index(row, 0).data() == name]
        self._list.setCurrentIndex(self._shown.index(rows[0] if rows else 0, 0))
        self._offer()

    def _offer(self, *_: QModelIndex) -> None:
        self._ok.setEnabled(self._list.currentIndex().isValid())

    def _take(self, *_: object) -> None:
        index = self._list.currentIndex()
        if index.isValid():
            self.architecture = str(index.data())
            self.accept()

    def _choose_code(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Choose a Python file that builds the model", "", "Python (*.py)")
        if chosen:
            self.offer_code(Path(chosen))

    def offer_code(self, path: Path) -> None:
        """Ask whether the Python file at ``path`` may be run, and then which of its functions builds the model."""
        question = Question(
            self, "Run this Python file?", RISK.format(name=readable_name(path)), "Run it", "Do not run it"
        )
        is_trusted = question.ask()
        question.deleteLater()
        if not is_trusted:
            return
        name, is_given = QInputDialog.getText(
            self, "Which function builds the model?", "Name of the function, without parentheses", text="build"
        )
        if is_given and name.strip().isidentifier():
            self.factory = f"{path}:{name.strip()}"
            self.accept()

    def _lay_out(self, has_closest: bool) -> None:
        title = QLabel("Which network are these the weights of?")
        title.setProperty("kind", "title")
        title.setWordWrap(True)
        note = Caption(
            "The closest ones come first. A wrong choice does no harm: weights that do not fit are refused."
            if has_closest
            else "A wrong choice does no harm: weights that do not fit are refused."
        )
        code = QPushButton("A &Python file…")
        code.setAccessibleName("Use a Python file that builds the model")
        code.clicked.connect(self._choose_code)
        layout = QVBoxLayout()
        layout.setSpacing(3 * GRID)
        for part in (title, note, self._search, self._list):
            layout.addWidget(part)
        self.put_together(layout, answers(self, self._ok, [code]), DIALOG_WIDTH, 3 * GRID)
