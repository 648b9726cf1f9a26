#!/usr/bin/env bash
# Prints the commands that grant Millrace's users what acls.tsv says they need, and no more; with --apply it runs them.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: acls.sh --source TOPIC [--source TOPIC …] [options] [-- KAFKA-ACLS-COMMAND …]

  --source TOPIC         topic of a source; give each one
  --namespace NAME       the setting of that name (default: millrace)
  --speed USER           Kafka's user of the speed layer (default: User:millrace-speed); so too
  --batch, --serving, --operator
  --role ROLE            only this role: speed, batch, serving or operator
  --apply                run the commands instead of printing them

What follows -- is how kafka-acls is called, by default
  kafka-acls.sh --bootstrap-server localhost:9092 --command-config admin.properties
TEXT
}

fail() {
  echo "acls.sh: $*" >&2
  exit 2
}

table="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/acls.tsv"
namespace=millrace
sources=()
only=""
apply=""
speed=User:millrace-speed
batch=User:millrace-batch
serving=User:millrace-serving
operator=User:millrace-operator
command=(kafka-acls.sh --bootstrap-server localhost:9092 --command-config admin.properties)

while [ $# -gt 0 ]; do
  case "$1" in
    --help | -h) usage && exit 0 ;;
    --apply) apply=1 && shift ;;
    --) shift && command=("$@") && break ;;
    --source | --namespace | --speed | --batch | --serving | --operator | --role)
      [ $# -ge 2 ] || fail "cannot go on: found $1 without a value, expected one"
      case "$1" in
        --source) sources+=("$2") ;;
        --namespace) namespace="$2" ;;
        --role) only="$2" ;;
        *) printf -v "${1#--}" '%s' "$2" ;;
      esac
      shift 2
      ;;
    *) fail "cannot go on: found '$1', expected an option; see --help" ;;
  esac
done
[ ${#sources[@]} -gt 0 ] || fail "cannot grant anything: found no --source, expected the topic of each source; see --help"
case "$only" in
  "" | speed | batch | serving | operator) ;;
  *) fail "cannot grant anything: found role '$only', expected speed, batch, serving or operator" ;;
esac

grant() {
  if [ -n "$apply" ]; then
    "${command[@]}" "$@"
  else
    printf '%q ' "${command[@]}" "$@"
    printf '\n'
  fi
}

while IFS=$'\t' read -r role resource pattern name operations _; do
  case "$role" in "" | \#*) continue ;; esac
  [ -z "$only" ] || [ "$only" = "$role" ] || continue
  names=("${name//\{namespace\}/$namespace}")
  [ "$name" != "{source}" ] || names=("${sources[@]}")
  flags=()
  IFS=, read -ra each <<<"$operations"
  for operation in "${each[@]}"; do
    flags+=(--operation "$operation")
  done
  for one in "${names[@]}"; do
    grant --add --allow-principal "${!role}" "${flags[@]}" "--$resource" "$one" --resource-pattern-type "$pattern" </dev/null
  done
done <"$table"
