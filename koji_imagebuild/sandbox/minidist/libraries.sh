#!/bin/bash
# libraries.sh FROM TO FILE...: copy what the programs among FILEs are linked to, and the loader,
# from the tree FROM into the tree TO.
set -euo pipefail

from=$1
to=$2
shift 2
folder=usr/lib/x86_64-linux-gnu
loader=ld-linux-x86-64.so.2

install -D -m 755 -t "$to/usr/lib64" "$from/$folder/$loader"
install -d "$to/$folder"
for file; do
  IFS= read -r -n 4 magic < "$file" || true
  if [ "$magic" = $'\x7fELF' ]; then
    "$from/$folder/$loader" --library-path "$from/$folder" --list "$file"
  fi
done | awk -v from="$from/" '
  $2 == "=>" && index($3, from) != 1 { print $1 " is not in " from > "/dev/stderr"; exit 1 }
  $2 == "=>" { print $3 }
' | sort -u | xargs cp -L -t "$to/$folder"
