#!/bin/sh
# Adds the account of our own intake to the devices' accounts, then becomes the broker.
set -eu
umask 077

: "${MQTT_INTAKE_PASSWORD:?set it in .env}"
for file in passwords acl tls/server.crt tls/server.key; do
    if [ ! -r "/accounts/$file" ]; then
        echo "expected $file in the folder that MQTT_ACCOUNTS names, found none" >&2
        exit 1
    fi
done
cp /accounts/passwords /tmp/passwords
mosquitto_passwd -b /tmp/passwords intake "$MQTT_INTAKE_PASSWORD"
# A last will and an ordinary message obey the same list; $share needs the topic's read right.
{
    printf 'user intake\ntopic read t/#\ntopic read $SYS/broker/uptime\n\n'
    cat /accounts/acl
} >/tmp/acl
exec mosquitto -c /collab/mosquitto.conf
