#!/usr/bin/env bash
# The main job on a cluster, from nothing: for CI. On the cluster that KUBECONFIG names, else on the one that
# ../shared/cluster starts, where that is there; where neither is, it says so and ends well.
#   E2E_BEFORE   do not begin when this shell time (seconds since the epoch) is past
set -euo pipefail
cd "$(dirname "$0")/.."
shared=$(cd .. && pwd)/shared/cluster

left_out() { echo "e2e: left out: $1"; exit 0; }

if [[ -n ${KUBECONFIG:-} ]]; then
    exec make e2e ARGS="-m 'cluster and not faults'"
fi
[[ -x $shared/up.sh ]] || left_out "KUBECONFIG names no cluster"
[[ $(id -u) == 0 ]] || left_out "the test cluster wants root"
((EPOCHSECONDS < ${E2E_BEFORE:-9999999999})) || left_out "no time is left for it"
(($(df --output=avail -BG . | tail -1 | tr -dc 0-9) >= 30)) || left_out "it wants 30 GB of disk"
for tool in buildah runc mmdebstrap; do
    command -v "$tool" >/dev/null || apt-get install -y --no-install-recommends "$tool" >/dev/null 2>&1 \
        || { apt-get update -qq && apt-get install -y --no-install-recommends "$tool" >/dev/null; } \
        || left_out "$tool cannot be installed"
done
# What depends on the machine is tried first: after this a failure is ours.
make images NAMES=base || left_out "no image can be made on this machine"

# shellcheck source=/dev/null
. "$shared/env.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"; "$shared/down.sh" >/dev/null 2>&1 || true' EXIT
"$shared/up.sh" >"$scratch/up.log" 2>&1 || { tail -5 "$scratch/up.log"; left_out "the test cluster does not start here"; }
"$shared/argocd/install.sh" >"$scratch/argocd.log" 2>&1 &
argocd=$!

make images SAVE="$scratch/images"
make images NAMES=spark-operator SAVE="$scratch/images"
for archive in "$scratch"/images/*.tar; do
    "$shared/load.sh" "$archive" >/dev/null
    rm "$archive"
done
make charts-pull || true # those of `local` are asked for by `make publish`
wait "$argocd" || { tail -5 "$scratch/argocd.log"; exit 1; }

git=cgi-bin/git/app.git
make publish URL="http://$IP:30081/$git"
make up ARGS="--repository http://git.argocd.svc.cluster.local/$git"
export CASPARIAN_E2E_GIT="http://$IP:30081/$git"
make e2e ARGS="-m 'cluster and not faults'"
make down ARGS=--yes
