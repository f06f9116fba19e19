#!/usr/bin/env bash
# Bring a newer version behind nginx, and go back by itself if `callsheet smoke` fails.
#
#   switch.sh blue-green NEW...            all requests at once, after the new processes have passed alone
#   switch.sh canary NEW... -- 5 25 50     a share of the requests in percent, step by step, then all
#
# NEW is HOST:PORT of a web process of the newer version, which runs already, beside its controllers and
# workers; run `callsheet migrate up` of the newer version first. The older processes go on until you stop
# them: requests and live connections that they have are finished by them.
#
# Variables:
#   NGINX_CONF    the file with the two upstream blocks of docker/nginx/callsheet.conf
#   PROXY_URL     the address of nginx
#   NGINX         the command of nginx, with its options (`nginx -c FILE`)
#   SMOKE         the check of an address (`callsheet smoke`, with its options)
#   HOLD_SECONDS  how long each share is kept before it is checked
# Exit codes: 0 switched, 1 went back, 2 wrong use, 3 went back but nginx did not reload.
set -euo pipefail

conf=${NGINX_CONF:-/etc/nginx/conf.d/callsheet.conf}
proxy=${PROXY_URL:-http://127.0.0.1:8080}
read -ra nginx <<<"${NGINX:-nginx}"
read -ra smoke <<<"${SMOKE:-callsheet smoke}"
hold=${HOLD_SECONDS:-60}

usage() {
    sed -n '2,6p' "$0" | sed 's/^# \{0,1\}//' >&2
    exit 2
}

say() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*" >&2; }

# Prints the servers of the first upstream block.
servers() {
    awk '/^upstream callsheet \{/ {inside = 1; next} /^\}/ {inside = 0}
         inside && $1 == "server" {sub(/;$/, "", $2); print $2}' "$conf"
}

# Writes these servers (`HOST:PORT` or `HOST:PORT weight=N`) into both upstream blocks, and reloads.
point_to() {
    local lines draft
    lines=$(printf '    server %s max_fails=0;\n' "$@")
    draft=$(mktemp "$conf.XXXXXX")
    LINES_OF_SERVERS=$lines awk '
        /^upstream callsheet(_polling)? \{/ {inside = 1; print; next}
        inside && /^\}/ {inside = 0; print ENVIRON["LINES_OF_SERVERS"]; print; next}
        inside && $1 == "server" {next}
        {print}' "$conf" >"$draft"
    chmod --reference="$conf" "$draft"
    mv "$draft" "$conf"
    "${nginx[@]}" -t -q && "${nginx[@]}" -s reload
}

passes() {
    say "checking $1"
    "${smoke[@]}" "$1" >&2
}

back() {
    say "going back to ${old[*]}"
    cp --preserve=mode "$saved" "$conf"
    "${nginx[@]}" -t -q && "${nginx[@]}" -s reload || exit 3
    exit 1
}

# Old servers share what the new ones do not get; weights are whole numbers.
weighted() {
    local percent=$1 server
    for server in "${old[@]}"; do echo "$server weight=$(((100 - percent) * ${#new[@]}))"; done
    for server in "${new[@]}"; do echo "$server weight=$((percent * ${#old[@]}))"; done
}

[ $# -ge 2 ] || usage
way=$1
shift
new=() steps=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    [[ $1 =~ ^[A-Za-z0-9_.-]+:[0-9]+$|^\[[0-9a-f:]+\]:[0-9]+$ ]] || usage
    new+=("$1")
    shift
done
[ $# -eq 0 ] || shift
for step in "$@"; do
    [[ $step =~ ^[0-9]+$ ]] && ((step > 0 && step < 100)) || usage
    steps+=("$step")
done
case $way in
    blue-green) [ ${#steps[@]} -eq 0 ] || usage ;;
    canary) [ ${#steps[@]} -gt 0 ] || usage ;;
    *) usage ;;
esac

mapfile -t old < <(servers)
[ ${#old[@]} -gt 0 ] || { say "$conf has no upstream block callsheet"; exit 2; }
saved=$(mktemp)
trap 'rm -f "$saved"' EXIT
cp --preserve=mode "$conf" "$saved"

# Before any request of a user reaches them.
for server in "${new[@]}"; do
    passes "http://$server" || { say "$server fails by itself; nothing was changed"; exit 1; }
done
trap 'say interrupted; back' INT TERM
for step in "${steps[@]}"; do
    say "$step % of the requests go to ${new[*]}"
    mapfile -t shares < <(weighted "$step")
    point_to "${shares[@]}" || back
    sleep "$hold"
    for server in "${new[@]}"; do passes "http://$server" || back; done
    passes "$proxy" || back
done
say "all requests go to ${new[*]}"
point_to "${new[@]}" || back
passes "$proxy" || back
say "done; stop the older processes when their connections have ended: ${old[*]}"
