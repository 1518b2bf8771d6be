#!/bin/bash
# What install-packages.sh leaves behind when it ends well, fails, or is interrupted: nothing that was not there. Installs nothing; a copy
# of it runs beside a stand-in for apt-get.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
policy=$work/policy-rc.d
sed "s|/usr/sbin|$work|" scripts/install-packages.sh >"$work/install-packages.sh"
# Of all commands only these: a server is missing, and this is root.
for command in bash sh rm tee chmod cat kill; do ln -s "$(command -v "$command")" "$work/bin/$command"; done
printf '#!/bin/sh\necho 0\n' >"$work/bin/id"
cat >"$work/bin/apt-get" <<EOF
#!/bin/sh
[ "\$1" = install ] || exit 0
[ -x "$policy" ] && cat "$policy" >"$work/seen"
case "\$HOW" in
  well) exit 0 ;;
  failing) exit 100 ;;
  *) kill -"\$HOW" "\$PPID" && kill -"\$HOW" "\$\$" ;;
esac
EOF
chmod +x "$work/bin/id" "$work/bin/apt-get"

expect() {
  local status=0
  rm -f "$work/seen"
  # Whoever starts this in the background has SIGINT ignored.
  env --default-signal=INT PATH="$work/bin" HOW="$1" "$work/bin/bash" "$work/install-packages.sh" demo >/dev/null 2>&1 || status=$?
  [ "$status" -eq "$2" ] || { echo "install-packages: ends with $status, not $2: $1" >&2; exit 1; }
  grep -q "$3" "$work/seen" || { echo "install-packages: no policy while packages are installed: $1" >&2; exit 1; }
}
for how in "well 0" "failing 100" "INT 130" "TERM 143" "HUP 129"; do
  # shellcheck disable=SC2086
  expect $how 101
  [ ! -e "$policy" ] || { echo "install-packages: leaves $policy: $how" >&2; exit 1; }
done
# Somebody else's.
printf '#!/bin/sh\nexit 104\n' >"$policy"
chmod +x "$policy"
for how in "well 0" "failing 100" "INT 130"; do
  # shellcheck disable=SC2086
  expect $how 104
  [ -e "$policy" ] || { echo "install-packages: removes a policy that it did not make: $how" >&2; exit 1; }
done
echo "install-packages: leaves nothing behind"
