#!/bin/sh
# Runs the broker and reloads its accounts within a second of a change.
set -eu
umask 077

for file in /accounts/passwords /accounts/acl /tls/server.crt /tls/server.key; do
    if [ ! -r "$file" ]; then
        echo "expected $file, found none: docs/howto/connect-a-device.md tells more" >&2
        exit 1
    fi
done

# The broker insists on files of its own.
load() {
    cp /accounts/version /tmp/version
    cp /accounts/passwords /tmp/passwords
    cp /accounts/acl /tmp/acl
}

load
mosquitto -c /collab/mosquitto.conf &
broker=$!
trap 'kill -TERM "$broker"' TERM INT
while kill -0 "$broker" 2>/dev/null; do
    sleep 1 &
    wait $! || true
    if ! cmp -s /accounts/version /tmp/version; then
        load
        kill -HUP "$broker" 2>/dev/null || true
    fi
done
wait "$broker"
