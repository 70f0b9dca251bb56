package org.interposer.itests.differential.soft;

import org.interposer.engine.softcpu.cpu.Env;

/** Nothing around the CPU: user code cannot reach a device, and no case reads a clock. */
final class NoDevices implements Env {
    private static IllegalStateException unexpected(final String what) {
        return new IllegalStateException("user code reached " + what);
    }

    @Override
    public long portRead(final int port, final int size) {
        throw unexpected("port " + port);
    }

    @Override
    public void portWrite(final int port, final int size, final long value) {
        throw unexpected("port " + port);
    }

    @Override
    public long mmioRead(final long address, final int size) {
        throw unexpected("a device at " + Long.toHexString(address));
    }

    @Override
    public void mmioWrite(final long address, final int size, final long value) {
        throw unexpected("a device at " + Long.toHexString(address));
    }

    @Override
    public long tsc() {
        throw unexpected("the time-stamp counter");
    }

    @Override
    public void setTsc(final long value) {
        throw unexpected("the time-stamp counter");
    }

    @Override
    public int cr8() {
        throw unexpected("CR8");
    }

    @Override
    public void setCr8(final int value) {
        throw unexpected("CR8");
    }

    @Override
    public void cpuid(final int function, final int index, final int[] result) {
        throw unexpected("CPUID");
    }

    @Override
    public boolean readMsr(final int index, final long[] result) {
        throw unexpected("an MSR");
    }

    @Override
    public boolean writeMsr(final int index, final long value) {
        throw unexpected("an MSR");
    }

    @Override
    public void fail(final String message) {
        throw new IllegalStateException(message);
    }

    @Override
    public boolean failed() {
        return false;
    }
}
