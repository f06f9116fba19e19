#!/bin/sh
# Redis with passwords and an ACL; the default user is disabled. It has two users:
#   callsheet  web, control, flower: all rights, so that `callsheet node` can create users
#   worker     our own workers, without administration
# Node tokens (`callsheet node create`) are kept in the ACL file across restarts.
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
