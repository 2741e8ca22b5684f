#!/usr/bin/env bash
# A Cloud TPU VM slice: create it, install there, train on all its hosts.
set -euo pipefail

usage() {
  cat <<'TEXT'
launch/tpu.sh ACTION --name=NAME --zone=ZONE [options] [-- words of the run]

  create    the slice                     needs --type, as v5litepod-16
  install   this checkout on every host, and the folder that all share
  train     facegen_jax.main on every host, as one run; the words after -- are
            its flags; --workdir must lie in the shared folder
  stop      asks the run to save and end; the same train goes on
  delete    the slice

  --name=NAME        of the slice
  --zone=ZONE        as us-west4-a
  --project=ID       in place of gcloud's own
  --type=TYPE        create: accelerator type
  --version=NAME     create: runtime (default tpu-ubuntu2204-base)
  --spot             create: cheaper, may be taken back
  --bucket=NAME      install: a bucket mounted at ~/shared on every host
  --one_host         train: the slice has a single host
  --dry_run          print the commands, run nothing

  launch/tpu.sh create  --name=faces --zone=us-west4-a --type=v5litepod-16
  launch/tpu.sh install --name=faces --zone=us-west4-a --bucket=my-faces
  launch/tpu.sh train   --name=faces --zone=us-west4-a -- \
    --config=configs/aipgan.py --workdir=shared/runs/a
TEXT
}

fail() {
  echo "launch/tpu.sh: $1" >&2
  exit 2
}

action=${1:-}
[ $# -gt 0 ] && shift
name='' zone='' project='' type='' version=tpu-ubuntu2204-base
spot='' bucket='' one_host='' dry_run='' words=()
while [ $# -gt 0 ]; do
  case $1 in
    --name=*) name=${1#*=} ;;
    --zone=*) zone=${1#*=} ;;
    --project=*) project=${1#*=} ;;
    --type=*) type=${1#*=} ;;
    --version=*) version=${1#*=} ;;
    --bucket=*) bucket=${1#*=} ;;
    --spot) spot=1 ;;
    --one_host) one_host=1 ;;
    --dry_run) dry_run=1 ;;
    --) shift; words=("$@"); break ;;
    *) fail "unknown word $1: --help lists them, flags of the run follow --" ;;
  esac
  shift
done

case $action in
  create | install | train | stop | delete) ;;
  -h | --help | help) usage; exit 0 ;;
  '') usage >&2; exit 2 ;;
  *) fail "unknown action $action: create, install, train, stop or delete" ;;
esac
[ -n "$name" ] || fail '--name is missing: the name of the slice'
[ -n "$zone" ] || fail '--zone is missing: as --zone=us-west4-a'
if [ -z "$dry_run" ] && ! command -v gcloud >/dev/null; then
  fail 'no gcloud here: install the Google Cloud CLI, or give --dry_run'
fi

call() {
  if [ -n "$dry_run" ]; then
    printf '%q ' "$@"
    echo
  else
    "$@"
  fi
}

place=(--zone="$zone")
[ -z "$project" ] || place+=(--project="$project")
tpu() { call gcloud compute tpus tpu-vm "$@" "${place[@]}"; }
everywhere() { tpu ssh "$name" --worker=all --command="$1"; }

case $action in
  create)
    [ -n "$type" ] || fail '--type is missing: as --type=v5litepod-16'
    more=()
    [ -z "$spot" ] || more+=(--spot)
    tpu create "$name" --accelerator-type="$type" --version="$version" \
      ${more[@]+"${more[@]}"}
    ;;
  install)
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    archive=$folder/facegen_jax.tar.gz
    call git archive --format=tar.gz --output="$archive" HEAD
    tpu scp "$archive" "$name:facegen_jax.tar.gz" --worker=all
    everywhere 'mkdir -p facegen_jax && tar xzf facegen_jax.tar.gz -C facegen_jax &&
cd facegen_jax && sudo apt-get update -qq &&
sudo apt-get install -qq -y libegl1 libgles2 python3-pip &&
python3 -m pip install -q --user uv &&
python3 -m uv venv --quiet --allow-existing --python ">=3.11,<3.14" .venv &&
python3 -m uv pip install --quiet --python .venv/bin/python \
  --constraint constraints.txt --editable ".[tpu]"'
    if [ -n "$bucket" ]; then
      everywhere "mkdir -p facegen_jax/shared &&
(mountpoint -q facegen_jax/shared || gcsfuse --implicit-dirs $(printf %q "$bucket") facegen_jax/shared)"
    fi
    ;;
  train)
    [ ${#words[@]} -gt 0 ] || fail 'no flags of the run: give them after --'
    [ -n "$one_host" ] || words=(--multihost "${words[@]}")
    everywhere "cd facegen_jax && exec .venv/bin/python -m facegen_jax.main$(printf ' %q' "${words[@]}")"
    ;;
  stop)
    # The brackets keep the pattern from matching this command itself.
    everywhere "pkill -TERM -f '[f]acegen_jax.main'"
    ;;
  delete)
    tpu delete "$name" --quiet
    ;;
esac
