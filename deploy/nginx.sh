#!/bin/sh
# nginx looks up `api` when it reads its configuration and never again. This has it read again whenever the addresses
# behind the name have changed: requests under way are finished by the old workers.
# («server … resolve» does it from nginx 1.27.3 on; this does it with every nginx.)
set -eu

addresses() {
  getent ahostsv4 api | cut -d ' ' -f 1 | sort -u
}

follow() {
  known=$(addresses)
  while sleep 1; do
    now=$(addresses) || continue
    if [ -n "$now" ] && [ "$now" != "$known" ] && nginx -c /etc/nginx/kinoteka.conf -s reload; then
      known=$now
    fi
  done
}

follow &
exec nginx -c /etc/nginx/kinoteka.conf -g 'daemon off;'
