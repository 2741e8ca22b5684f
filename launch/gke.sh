#!/usr/bin/env bash
# A run on a TPU slice of Google Kubernetes Engine: image, JobSet, logs.
set -euo pipefail

usage() {
  cat <<'TEXT'
launch/gke.sh ACTION --name=NAME [options] [-- words of the run]

  build     the image of this checkout, and push it    needs --image
  train     apply the job: facegen_jax.main on every host, as one run
  logs      follow the first host
  delete    the job; its checkpoints stay

  --name=NAME           of the job
  --image=IMAGE         as europe-docker.pkg.dev/PROJECT/faces/facegen_jax:1
  --accelerator=NAME    train: node label, as tpu-v5-lite-podslice
  --topology=SHAPE      train: as 4x4
  --hosts=N             train: hosts of the slice
  --chips=N             train: chips of a host (default 4)
  --claim=NAME          train: a ReadWriteMany volume claim, seen as /shared
  --dry_run             print the commands and the manifest, run nothing

kubectl talks to the cluster of its present context; the cluster needs the
JobSet controller (https://jobset.sigs.k8s.io). The words after -- are flags of
the run; --workdir must lie in /shared.

  launch/gke.sh train --name=faces --image=... --topology=4x4 --hosts=4 \
    --accelerator=tpu-v5-lite-podslice --claim=runs -- \
    --config=configs/aipgan.py --workdir=/shared/a
TEXT
}

fail() {
  echo "launch/gke.sh: $1" >&2
  exit 2
}

here=$(cd "$(dirname "$0")/.." && pwd)
action=${1:-}
[ $# -gt 0 ] && shift
name='' image='' accelerator='' topology='' hosts='' chips=4 claim=''
dry_run='' words=()
while [ $# -gt 0 ]; do
  case $1 in
    --name=*) name=${1#*=} ;;
    --image=*) image=${1#*=} ;;
    --accelerator=*) accelerator=${1#*=} ;;
    --topology=*) topology=${1#*=} ;;
    --hosts=*) hosts=${1#*=} ;;
    --chips=*) chips=${1#*=} ;;
    --claim=*) claim=${1#*=} ;;
    --dry_run) dry_run=1 ;;
    --) shift; words=("$@"); break ;;
    *) fail "unknown word $1: --help lists them, flags of the run follow --" ;;
  esac
  shift
done

need() {
  [ -n "${!1}" ] || fail "--$1 is missing: as --$1=$2"
}

call() {
  if [ -n "$dry_run" ]; then
    printf '%q ' "$@"
    echo
  else
    command -v "$1" >/dev/null || fail "no $1 here: install it, or --dry_run"
    "$@"
  fi
}

# Flags as a YAML list of quoted strings, which is JSON.
quoted() {
  local word out=''
  [ "$hosts" = 1 ] || set -- --multihost "$@"
  for word in "$@"; do
    word=${word//\\/\\\\}
    out+=", \"${word//\"/\\\"}\""
  done
  echo "[${out:2}]"
}

manifest() {
  local text
  text=$(cat "$here/launch/gke_job.yaml")
  text=${text//@NAME@/"$name"}
  text=${text//@IMAGE@/"$image"}
  text=${text//@ACCELERATOR@/"$accelerator"}
  text=${text//@TOPOLOGY@/"$topology"}
  text=${text//@HOSTS@/"$hosts"}
  text=${text//@CHIPS@/"$chips"}
  text=${text//@CLAIM@/"$claim"}
  text=${text//@ARGS@/"$(quoted "${words[@]}")"}
  echo "$text"
}

case $action in
  build)
    need image europe-docker.pkg.dev/PROJECT/faces/facegen_jax:1
    call docker build -f "$here/launch/Dockerfile" -t "$image" "$here"
    call docker push "$image"
    ;;
  train)
    need name faces
    need image europe-docker.pkg.dev/PROJECT/faces/facegen_jax:1
    need accelerator tpu-v5-lite-podslice
    need topology 4x4
    need hosts 4
    need claim runs
    for count in "$hosts" "$chips"; do
      [[ $count =~ ^[1-9][0-9]*$ ]] || fail "$count: a number of at least 1"
    done
    [ ${#words[@]} -gt 0 ] || fail 'no flags of the run: give them after --'
    manifest=$(mktemp)
    trap 'rm -f "$manifest"' EXIT
    manifest >"$manifest"
    [ -z "$dry_run" ] || cat "$manifest"
    call kubectl apply -f "$manifest"
    ;;
  logs)
    need name faces
    call kubectl logs -f \
      -l "jobset.sigs.k8s.io/jobset-name=$name,batch.kubernetes.io/job-completion-index=0"
    ;;
  delete)
    need name faces
    call kubectl delete jobset "$name"
    ;;
  -h | --help | help) usage ;;
  '') usage >&2; exit 2 ;;
  *) fail "unknown action $action: build, train, logs or delete" ;;
esac
