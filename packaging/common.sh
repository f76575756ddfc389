# Shared by run.sh and test.sh: finding Python, making an environment, bringing what Qt wants from the system.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
    [ -n "$candidate" ] || continue
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      command -v "$candidate"
      return
    fi
  done
  say "mtgui needs Python 3.11 or later with its venv module. Install it, or name it: PYTHON=/path/to/python3 $0"
  return 1
}

# make_environment DIR: a virtual environment at DIR, kept if it is there and works.
make_environment() {
  local python
  if ! "$1/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(find_python) || return 1
    rm -rf "$1"
    "$python" -m venv "$1" || {
      say "The virtual environment $1 could not be made. On Debian or Ubuntu: apt install python3-venv"
      return 1
    }
  fi
}

install_packages() {
  local environment=$1
  shift
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

QT_LIBRARIES="libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libxcb-cursor0 libxcb-icccm4
libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1 fonts-dejavu-core"

# install_system PACKAGE…: from Debian or Ubuntu, where this user may; else name them and fail.
install_system() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing system libraries: $*"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null 2>&1 && return
    say "apt-get could not install: $*"
  else
    say "The window needs system libraries that are missing here. On Debian or Ubuntu, as root:"
    say "  apt install $(echo "$@")"
  fi
  return 1
}

# qt_works ENVIRONMENT [PLATFORM]: does Qt start?
qt_works() {
  QT_QPA_PLATFORM=${2:-offscreen} "$1/bin/python" -c '
from PySide6.QtWidgets import QApplication
from PySide6.QtSvg import QSvgRenderer
QApplication([])' >/dev/null 2>&1
}

has_fonts() { [ -n "$(find -L /usr/share/fonts /usr/local/share/fonts "${HOME:-/root}/.fonts" -name '*.[to]tf' -print -quit 2>/dev/null)" ]; }

# xcb_is_whole ENVIRONMENT: are there all libraries that windows on X11 want? Qt without a screen needs fewer.
xcb_is_whole() {
  local folder
  folder=$("$1/bin/python" -c 'import PySide6; print(PySide6.__path__[0])') || return 1
  ! ldd "$folder/Qt/plugins/platforms/libqxcb.so" 2>/dev/null | grep -q 'not found'
}

# need_qt ENVIRONMENT: bring what Qt wants; what cannot be brought is named, and need not be missed.
need_qt() {
  if qt_works "$1" && { [ "$(uname)" != Linux ] || { has_fonts && xcb_is_whole "$1"; }; }; then return; fi
  # shellcheck disable=SC2086
  install_system $QT_LIBRARIES || true
  qt_works "$1"
}
