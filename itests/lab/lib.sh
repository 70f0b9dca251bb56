# Shared by build, guest and run. Sourced, not run.
# What it makes is cached under $INTERPOSER_LAB_CACHE; a key made of the scripts and the package versions
# names each result, so a change of either builds anew and an old result is never half replaced.

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_CACHE=${INTERPOSER_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/interposer/lab}

say() {
    echo "lab: $*" >&2
}

die() {
    echo "lab: $*" >&2
    exit 125
}

need() { # command, package
    command -v "$1" > /dev/null || die "'$1' is missing; install it with: apt-get install $2"
}

# Runs a step with its name, its time and, if it fails, the end of its output.
step() { # text, command...
    local text=$1 log start=$SECONDS
    shift
    log=$(mktemp)
    echo -n "lab: $text ... " >&2
    if "$@" > "$log" 2>&1; then
        echo "$((SECONDS - start)) s" >&2
        rm -f "$log"
    else
        echo "failed" >&2
        tail -n 20 "$log" >&2
        rm -f "$log"
        exit 125
    fi
}

apt_private() { # apt-get with an empty package state of its own: sees every dependency, installs nothing
    mkdir -p "$LAB_CACHE/apt/archives/partial"
    : > "$LAB_CACHE/apt/status"
    apt-get -qq -y --no-install-recommends -o Debug::NoLocking=1 -o APT::Sandbox::User= \
        -o Dir::State::status="$LAB_CACHE/apt/status" -o Dir::Cache::archives="$LAB_CACHE/apt/archives" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@"
}

# The file names (name_version_arch.deb) of the packages and all they depend on.
package_files() { # packages...
    need apt-get apt
    apt_private -s install "$@" | awk '$1 == "Inst" {
            version = substr($3, 2); gsub(/:/, "%3a", version); match($0, /\[[a-z0-9]+\]\)/); arch = substr($0, RSTART + 1, RLENGTH - 3)
            print $2 "_" version "_" arch ".deb" }' | sort ||
        die "apt cannot resolve: $*; run apt-get update (Debian 12 is expected)"
}

fetch_packages() { # packages...
    apt_private -d install "$@"
}

# A tree with the merged /usr of Debian 12, ready for packages.
new_tree() { # dir
    local name
    mkdir -p "$1"/usr/{bin,sbin,lib,lib64}
    for name in bin sbin lib lib64; do
        ln -sfn "usr/$name" "$1/$name"
    done
}

unpack() { # dir, package files...
    local tree=$1 file
    shift
    for file in "$@"; do
        dpkg-deb --fsys-tarfile "$LAB_CACHE/apt/archives/$file" |
            tar -x --no-same-owner --keep-directory-symlink -C "$tree" || return 1
    done
    rm -rf "$tree"/usr/share/{doc,man,locale,info,lintian,bug,bash-completion,gcc,gdb,zoneinfo}
}

# The modules named and what they need, as paths below lib/modules/VERSION, in loading order.
module_closure() { # tree, version, modules...
    local base=$1/lib/modules/$2
    shift 2
    awk -v wanted="$*" '
        { path = substr($1, 1, length($1) - 1); name = path; sub(/.*\//, "", name); sub(/\.ko.*/, "", name)
          gsub(/-/, "_", name); at[name] = path; needs[path] = substr($0, length($1) + 2) }
        function add(path,   n, list, i) {
            if (path in seen) return
            seen[path] = 1
            n = split(needs[path], list, " ")
            for (i = n; i > 0; i--) add(list[i])
            print path
        }
        END { n = split(wanted, names, " ")
              for (i = 1; i <= n; i++) { gsub(/-/, "_", names[i]); if (names[i] in at) add(at[names[i]]) } }
    ' "$base/modules.dep"
}

# The shared libraries programs need, found inside the tree alone.
library_closure() { # tree, programs...
    local tree=$1 libraries=$1/usr/lib/x86_64-linux-gnu loader program
    shift
    loader=$(readlink -f "$tree/lib64/ld-linux-x86-64.so.2")
    for program in "$@"; do
        "$loader" --inhibit-cache --library-path "$libraries:$libraries/ceph" --list "$tree/$program" || return 1
    done | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u
}

# depmod of the tree itself: the host may have none.
index_modules() { # tree, version
    "$(readlink -f "$1/lib64/ld-linux-x86-64.so.2")" --inhibit-cache --library-path "$1/usr/lib/x86_64-linux-gnu" \
        --argv0 depmod "$1/usr/bin/kmod" -b "$1" "$2"
}

key_of() { # text on stdin
    sha256sum | cut -c 1-16
}

# A disk image of a directory, without root or a loop device.
image_of() { # dir, image, free MiB
    local kib files
    kib=$(du -sk --apparent-size "$1/." | cut -f 1)
    files=$(find "$1/." | wc -l)
    rm -f "$2"
    PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext4 -O ^has_journal -E root_owner=0:0 -d "$1" \
        -N $((files + 4096)) "$2" $((kib + kib / 8 + files * 4 + $3 * 1024 + 8192))k > /dev/null
}

# One builder of a kind at a time; the lock ends with the process.
only_one() { # kind
    mkdir -p "$LAB_CACHE"
    exec 9> "$LAB_CACHE/$1.lock"
    flock -n 9 || { say "$1: another build is running, waiting for it"; flock 9; }
}

is_current() { # kind, script key
    [ "$(cat "$LAB_CACHE/$1/script-key" 2> /dev/null)" = "$2" ]
}

# Puts a finished directory in place under its key, makes it the current one and drops results that
# nothing has used for an hour (a running lab keeps its disk open).
publish() { # work dir, kind, key
    rm -rf "$LAB_CACHE/$2-$3"
    mv -T "$1" "$LAB_CACHE/$2-$3"
    ln -sfn "$2-$3" "$LAB_CACHE/$2"
    find "$LAB_CACHE" -mindepth 1 -maxdepth 1 \( -name "$2-*" -o -name 'work.*' \) -mmin +60 \
        ! -name "$2-$3" -exec rm -rf {} +
}
