#!/bin/sh
# Stands for rustc, rustup, apt-get and id in the tests of the toolchain: it acts as the program that its link is
# named after, and answers from the files beside that link.
here=$(dirname "$0")
name=$(basename "$0")
echo "$name $*" >>"$here/calls"
wasm=lib/rustlib/wasm32-unknown-unknown/lib

case "$name $1" in
*rustc" -vV")
    if [ -e "$here/$name.broken" ]; then
        echo "error while loading shared libraries: libLLVM.so" >&2
        exit 127
    fi
    printf 'rustc\nhost: x86_64-unknown-linux-gnu\nrelease: %s\n' "$(cat "$here/$name.version")"
    ;;
*rustc" --print")
    echo "$here/$name.sysroot"
    ;;
"rustup target")
    if [ -e "$here/rustup.closed" ]; then
        echo "error: could not download file" >&2
        exit 1
    fi
    mkdir -p "$here/rustc.sysroot/$wasm"
    ;;
"id -u")
    cat "$here/id.answer"
    ;;
"apt-get "*)
    held=$(cat "$here/apt-get.held" 2>/dev/null || echo 0)
    if [ "$held" -gt 0 ]; then
        echo $((held - 1)) >"$here/apt-get.held"
        echo "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt-get)" >&2
        exit 100
    fi
    case "$1" in
    update)
        if [ -e "$here/apt-get.closed" ]; then
            echo "E: Failed to fetch the lists" >&2
            exit 100
        fi
        cp "$here/apt-get.newest" "$here/apt-get.listed"
        ;;
    install)
        [ -e "$here/apt-get.listed" ] || { echo "E: Unable to locate package rustc-web" >&2; exit 100; }
        echo "Need to get 1 MB of archives."
        rm -f "$here/debian-rustc.broken"
        ln -sf "$here/fake.sh" "$here/debian-rustc"
        cp "$here/apt-get.listed" "$here/debian-rustc.version"
        sources=$here/debian-rustc.sysroot/lib/rustlib/src/rust
        mkdir -p "$sources/library/std" "$sources/src"
        touch "$sources/library/std/Cargo.toml"
        cp "$here/apt-get.listed" "$sources/src/version"
        ;;
    esac
    ;;
esac
