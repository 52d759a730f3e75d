#!/bin/sh
# Run once by the PostgreSQL image on an empty data folder: one database for the warehouse, one for Prefect.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --set warehouse="$WAREHOUSE_PASSWORD" --set prefect="$PREFECT_PASSWORD" <<'SQL'
CREATE ROLE huizong LOGIN PASSWORD :'warehouse';
CREATE DATABASE huizong OWNER huizong;
CREATE ROLE prefect LOGIN PASSWORD :'prefect';
CREATE DATABASE prefect OWNER prefect;
SQL
