package org.interposer.core.timers;

import java.util.ArrayList;
import java.util.List;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.Mapping;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.time.DeviceTimer;

/**
 * What the devices of this bundle have in common: ports at fixed addresses, timers, and no I/O
 * threads, so that there is nothing to quiesce while the machine's clock is paused.
 */
abstract class PlatformDevice implements Frontend {
    private final String id;
    private final String description;
    private final List<Mapping> mappings = new ArrayList<>();
    private final List<DeviceTimer> timers = new ArrayList<>();

    PlatformDevice(String id, String description) {
        this.id = id;
        this.description = description;
    }

    /** Places itself with {@link #ports} and {@link #timer}. */
    abstract void plug(DeviceHost host);

    /** Lets go of its interrupt lines. */
    abstract void unplug();

    @Override
    public final String id() {
        return id;
    }

    @Override
    public final String describe() {
        return description;
    }

    @Override
    public final void realize(DeviceHost host) {
        try {
            plug(host);
        } catch (RuntimeException failure) {
            unrealize();
            throw failure;
        }
        reset();
    }

    final void ports(DeviceHost host, long base, int count, IoHandler handler) {
        ports(host, base, count, IoBus.PRIORITY_PLATFORM, handler);
    }

    final void ports(DeviceHost host, long base, int count, int priority, IoHandler handler) {
        mappings.add(host.bus().map(AddressSpace.PORT, base, count, priority, id, handler));
    }

    final DeviceTimer timer(DeviceHost host, Runnable expired) {
        DeviceTimer timer = host.clock().newTimer(id, expired);
        timers.add(timer);
        return timer;
    }

    @Override
    public final void quiesce() {
        // The clock is paused with the machine: no timer expires.
    }

    @Override
    public final void resume() {
        // Timers stay armed over a pause.
    }

    @Override
    public final void unrealize() {
        mappings.forEach(Mapping::close);
        timers.forEach(DeviceTimer::close);
        if (!mappings.isEmpty()) {
            unplug();
        }
        mappings.clear();
        timers.clear();
    }
}
