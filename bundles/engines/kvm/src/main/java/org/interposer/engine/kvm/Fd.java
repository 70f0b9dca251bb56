package org.interposer.engine.kvm;

import org.interposer.api.engine.EngineException;

/**
 * A descriptor of KVM with named calls. Closed once, by its owner; calls of devices that come later
 * fail instead of reaching whatever has the number then.
 */
final class Fd implements AutoCloseable {
    private static final int CLOSED = -1;

    private final int number;
    private final String what;
    private final Gate gate = new Gate();

    /** Takes over a descriptor; {@code what} names it in messages. */
    Fd(int number, String what) {
        this.number = number;
        this.what = what;
    }

    /** The descriptor. */
    int number() {
        return number;
    }

    /** A call with a plain argument, without a check; negative when it fails. */
    int tryCall(long request, long argument) {
        if (!gate.enter()) {
            return CLOSED;
        }
        try {
            // SAFETY: the gate keeps the descriptor open; the argument is no address, or the
            // address of a structure that the caller keeps reachable.
            return Libc.ioctl(number, request, argument);
        } finally {
            gate.leave();
        }
    }

    /** A call with a structure, without a check. */
    int tryCall(long request, Struct argument) {
        // SAFETY: the structure has the size the request names and is kept reachable.
        int result = tryCall(request, argument.address());
        argument.keep();
        return result;
    }

    /** A call that must succeed. */
    int call(String name, long request, long argument) throws EngineException {
        int result = tryCall(request, argument);
        if (result < 0) {
            throw failure(name);
        }
        return result;
    }

    /** A call with a structure that must succeed. */
    int call(String name, long request, Struct argument) throws EngineException {
        int result = tryCall(request, argument);
        if (result < 0) {
            throw failure(name);
        }
        return result;
    }

    private EngineException failure(String name) {
        String why = gate.closed() ? "it is closed" : Libc.describe(Libc.errno());
        return new EngineException(name + " of " + what + " failed: " + why);
    }

    @Override
    public void close() {
        if (gate.shut()) {
            gate.awaitEmpty();
            // SAFETY: closed once, nobody is inside any more.
            Libc.close(number);
        }
    }
}
