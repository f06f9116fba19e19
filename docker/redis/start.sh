#!/bin/sh
# Redis with a password and an ACL: nobody is let in without a name. Two users are ours:
#   callsheet  web, control, flower: everything, so that `callsheet node` can create users
#   worker     our own workers: no administration
# Tokens of nodes (`callsheet node create`) stay in the ACL file over a restart.
set -eu
umask 077

data=${REDIS_DATA:-/data}
secrets=${REDIS_SECRETS:-/run/secrets}
acl=$data/users.acl

digest() { # of the one line in a secret's file; a shorter password than 16 characters is refused
    password=$(cat "$secrets/$1")
    [ "${#password}" -ge 16 ] || { echo "the secret $1 is shorter than 16 characters" >&2; exit 1; }
    printf %s "$password" | sha256sum | cut -d ' ' -f 1
}

plane=$(digest redis_password)
worker=$(digest redis_worker_password)

touch "$acl"
{
    echo 'user default reset off'
    echo "user callsheet reset on #$plane ~* &* +@all"
    echo "user worker reset on #$worker ~* &* +@all -@admin -@dangerous +info -function"
    grep -v -E '^user (default|callsheet|worker) ' "$acl" || true
} > "$acl.new"
mv "$acl.new" "$acl"

exec redis-server --dir "$data" --aclfile "$acl" \
    --maxmemory-policy noeviction --appendonly yes --save '' "$@"
