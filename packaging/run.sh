#!/usr/bin/env bash
# Installs mtgui into .venv of this checkout and shows it at work on the pictures it ships with:
# in its window where there is a screen, else in the terminal. Arguments go to mtgui instead of the demo.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

environment=${MTGUI_ENVIRONMENT:-$root/.venv}
say "Installing mtgui into $environment"
make_environment "$environment"
# With the libraries that LoRAs and diffusion models need.
install_packages "$environment" -e "$root[diffusion]"

has_screen() {
  [ "$(uname)" = Darwin ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]
}

if has_screen && ! need_qt "$environment"; then
  say "Going on in the terminal."
  unset DISPLAY WAYLAND_DISPLAY
fi
if [ $# -gt 0 ]; then
  exec "$environment/bin/mtgui" "$@"
fi
exec "$environment/bin/mtgui" demo
