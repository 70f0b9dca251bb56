# Shared by init and the workloads. Sourced, not run.

report() {
    echo "INTERPOSER-GUEST: $*"
}

setting() { # name, otherwise
    local word
    for word in $(cat /proc/cmdline); do
        case $word in
            interposer."$1"=*) echo "${word#*=}"; return ;;
        esac
    done
    echo "$2"
}

since() { # EPOCHREALTIME of the start -> seconds
    local now=$EPOCHREALTIME
    printf '%d.%03d' $(( (${now/./} - ${1/./}) / 1000000)) $(( (${now/./} - ${1/./}) / 1000 % 1000))
}

verdict() { # check, 0 or not, start, detail
    checks=$((checks + 1))
    if [ "$2" = 0 ]; then
        report "check=$workload.$1 result=ok seconds=$(since "$3")${4:+ $4}"
    else
        failed=$((failed + 1))
        report "check=$workload.$1 result=FAIL seconds=$(since "$3")${4:+ $4}"
    fi
}

# The first lines and the last of what went wrong.
quote_output() { # check, file
    sed -n '1,8p' "$2" | sed "s/^/INTERPOSER-GUEST: $workload.$1 says: /"
    [ "$(wc -l < "$2")" -le 16 ] || tail -n 8 "$2" | sed "s/^/INTERPOSER-GUEST: $workload.$1 ends: /"
}

# The command must succeed and print exactly this.
expect() { # check, text, command...
    local name=$1 wanted=$2 start=$EPOCHREALTIME status=0
    shift 2
    "$@" > /tmp/said 2>&1 < /dev/null || status=$?
    if [ "$status" = 0 ] && [ "$(cat /tmp/said)" = "$wanted" ]; then
        verdict "$name" 0 "$start"
    else
        verdict "$name" 1 "$start" "status=$status"
        quote_output "$name" /tmp/said
        report "$workload.$name wanted: $(head -n 1 <<< "$wanted")"
    fi
}

# The command must succeed.
succeeds() { # check, command...
    local name=$1 start=$EPOCHREALTIME status=0
    shift
    "$@" > /tmp/said 2>&1 < /dev/null || status=$?
    if [ "$status" = 0 ]; then
        verdict "$name" 0 "$start"
    else
        verdict "$name" 1 "$start" "status=$status"
        quote_output "$name" /tmp/said
    fi
}
