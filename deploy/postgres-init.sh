#!/bin/sh
# Run once by the postgres image: a database and a role for each service, and no way into another's.
set -eu
add() {
    psql --quiet -v ON_ERROR_STOP=1 -U postgres -v name="$1" -v password="$2" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke connect on database :"name" from public;
SQL
}
add accounts "$ACCOUNTS_DB_PASSWORD"
add requests "$REQUESTS_DB_PASSWORD"
add notify "$NOTIFY_DB_PASSWORD"
