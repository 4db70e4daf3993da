#!/bin/sh
# Judges index.json as text, as scripts without a JSON parser do: a record ends with `},` and a new line, and there
# is one blank behind the colon. Prints how many records there are, and the cases that are not fine.
lines=$(tr '\n' '~' <"$1/index.json" | sed 's/},~/\
/g')
printf '%s\n' "$lines" | grep -c '"behavior": "'
printf '%s\n' "$lines" |
  grep -v -e '"behavior": "OK"' -e '"behavior": "NON-STRICT"' -e '"behavior": "INFORMATIONAL"' |
  sed -n 's/.*"\([0-9][0-9.]*\)": {.*/\1/p'
