#!/bin/bash
# Exchanges one placement file with two programs in turn, and prints how much the first takes of what the second takes.
#
#   benches/paired.sh OLD NEW PLUGINS [KIND] [ACCOUNTS] [ROUNDS]
#
# OLD and NEW are folders with `bailiwick` and `bailiwick-bench` of a release build. PLUGINS is the folder of the
# reference components, which both programs use; a program with a folder `plugins` beside it uses that one, since a
# host need not speak the contract of the other's plugins. KIND is aim, aim-compact or cn-cases.
set -euo pipefail
old=$(realpath "$1") new=$(realpath "$2") plugins=$(realpath "$3") kind=${4:-aim} accounts=${5:-100000} rounds=${6:-7}
case $kind in
cn-cases) engagement=cn-card name=cases_20260701.csv ;;
*) engagement=us-card name=CPLC_20260701.txt ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mkdir "$folder/few" "$folder/many"
"$new/bailiwick-bench" file "$kind" 10 "$folder/few/$name"
"$new/bailiwick-bench" file "$kind" "$accounts" "$folder/many/$name"
for which in old new; do
    # A home that has been used once: the plugins are compiled.
    components=$plugins
    [ -d "${!which}/plugins" ] && components=${!which}/plugins
    "${!which}/bailiwick" --home "$folder/$which" init --samples --plugins "$components" > "$folder/told"
    if [ "$kind" = aim-compact ]; then
        sed -i 's/plugin = "aim"/&\nconfig = { compact = true }/' "$folder/$which/engagements/us-card.toml"
    fi
    cp -r "$folder/$which" "$folder/once"
    "${!which}/bailiwick-bench" one "$folder/once" $engagement "$folder/few/$name" > "$folder/told"
    rm -r "$folder/once"
done

TIMEFORMAT='%R %U %S'
for round in $(seq "$rounds"); do
    for which in old new; do
        cp -r "$folder/$which" "$folder/home"
        sync
        took=$({ time "${!which}/bailiwick-bench" one "$folder/home" $engagement "$folder/many/$name" > "$folder/told"; } 2>&1)
        echo "$which $took $(sed 's/.*"peak_kib":\([0-9]*\).*/\1/' "$folder/told")" | tee -a "$folder/times"
        rm -r "$folder/home"
    done
done

# The medians: elapsed seconds, CPU microseconds an account, peak MiB.
median() { grep "^$1" "$folder/times" | awk "{ print $2 }" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
summary() { echo "$(median "$1" '$2') $(median "$1" "(\$3 + \$4) * 1e6 / $accounts") $(median "$1" '$5 / 1024')"; }
echo "$kind $accounts: elapsed s, CPU us an account, peak MiB"
echo "old $(summary old)"
echo "new $(summary new)"
echo "$(summary old) $(summary new)" | awk '{ printf "old/new elapsed %.2f, CPU %.2f\n", $1 / $4, $2 / $5 }'
