#!/usr/bin/env bash
# Installs mtgui with everything its tests need into .venv-test of this checkout and runs every check:
# style, types, import contracts, tests, the same tests without torch and Qt, and the built packages.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

environment=${MTGUI_TEST_ENVIRONMENT:-$root/.venv-test}
plain=${MTGUI_PLAIN_ENVIRONMENT:-$root/.venv-plain}
make_environment "$environment"
say "Installing mtgui and its test tools (torch is large: the first time takes minutes)."
install_packages "$environment" -e '.[heif,timm,transformers,diffusion,onnx,dp,test]'
need_qt "$environment" || exit 1
if ! command -v Xvfb >/dev/null 2>&1 || ! command -v xdotool >/dev/null 2>&1; then
  install_system xvfb xdotool || say "Without Xvfb and xdotool the tests of the real window are skipped."
fi

bin=$environment/bin
say "== Style"
"$bin/ruff" check .
"$bin/ruff" format --check .
say "== Types"
"$bin/mypy"
say "== Import contracts"
"$bin/lint-imports"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Models that tests train are trained once for all runs below.
export MTGUI_TEST_CACHE=$scratch/made-once

say "== Tests"
# The tests choose their own screen.
run_tests() { env -u QT_QPA_PLATFORM "$bin/python" -m pytest "$@"; }
if (($#)); then
  run_tests "$@"
else
  # Two at a time, even on larger machines: tests of training and of processes that work together take every core.
  run_tests -n 2 --dist loadfile -m "not alone"
  say "== The real window, alone: mouse and keyboard on a virtual screen wait for nobody"
  run_tests tests/e2e -m alone
fi

say "== Marking, pictures, records, reading, statistics and the command line without torch and Qt"
make_environment "$plain"
install_packages "$plain" numpy pillow array-api-compat defusedxml platformdirs pillow-heif pytest pytest-xdist pytest-timeout hypothesis scikit-image
"$bin/python" -m hatchling build -d "$scratch/dist" >/dev/null
install_packages "$plain" --no-deps --force-reinstall "$scratch"/dist/*.whl
"$plain/bin/python" -c '
import importlib.util, sys
found = [name for name in ("torch", "PySide6") if importlib.util.find_spec(name)]
sys.exit(f"this environment should lack {found}" if found else 0)'
cp -r tests pyproject.toml "$scratch"
(
  cd "$scratch"
  "$plain/bin/python" -m pytest -o addopts= -p no:cacheprovider -q -n 2 --dist loadfile -m "not exhaustive" \
    -o filterwarnings=error -o qt_api= -o qt_log_level_fail= -W ignore::pytest.PytestConfigWarning \
    tests/common tests/marking tests/pictures tests/records tests/publishing tests/reading \
    tests/auditing/statistics tests/auditing/report tests/cli \
    --ignore tests/cli/test_audit_command.py --ignore tests/cli/test_demo_command.py --ignore tests/cli/test_rehearse_command.py \
    --ignore tests/cli/test_inspect_recognised.py
)

say "== The installed wheel, far from the checkout"
(
  cd "$scratch"
  "$plain/bin/mtgui" --version
  pictures=$("$plain/bin/python" -c 'from mtgui.common.resources import resource_path; print(resource_path("demo"))')
  "$plain/bin/mtgui" mark "$pictures" --out "$scratch/demo" --publish 50%
  "$plain/bin/mtgui" inspect "$scratch/demo.mtrecord"
)
tar -tzf "$scratch"/dist/*.tar.gz >"$scratch/sdist"
grep -q '/resources/demo/' "$scratch/sdist" || { say "The sdist lacks resources."; exit 1; }
say "All checks passed."
