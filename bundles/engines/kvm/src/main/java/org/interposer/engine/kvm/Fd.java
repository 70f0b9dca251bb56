package org.interposer.engine.kvm;

import org.interposer.api.engine.EngineException;

/** A descriptor of KVM with named calls. Closed once, by its owner. */
final class Fd implements AutoCloseable {
    private final int number;
    private final String what;
    private boolean closed;

    /** Takes over a descriptor; {@code what} names it in messages. */
    Fd(int number, String what) {
        this.number = number;
        this.what = what;
    }

    /** The descriptor. */
    int number() {
        return number;
    }

    /** A call with a plain argument, without a check. */
    int tryCall(long request, long argument) {
        // SAFETY: the descriptor is open until its owner closes it; the argument is no address, or
        // the address of a structure that the caller keeps reachable.
        return Libc.ioctl(number, request, argument);
    }

    /** A call with a structure, without a check. */
    int tryCall(long request, Struct argument) {
        // SAFETY: the structure has the size the request names and is kept reachable.
        int result = Libc.ioctl(number, request, argument.address());
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
        return new EngineException(
                name + " of " + what + " failed: " + Libc.describe(Libc.errno()));
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            // SAFETY: closed once.
            Libc.close(number);
        }
    }
}
