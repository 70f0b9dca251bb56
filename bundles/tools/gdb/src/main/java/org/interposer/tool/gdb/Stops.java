package org.interposer.tool.gdb;

import java.util.HashSet;
import java.util.Set;
import org.interposer.api.engine.Watchpoint;
import org.interposer.api.machine.MachineDebug;
import org.interposer.api.machine.MachineException;

/** What gdb wants to stop at: the packets Z and z. */
final class Stops {
    private static final char SOFTWARE = '0', HARDWARE = '1', WRITE = '2', ACCESS = '4';

    private Set<Long> breakpoints = Set.of();
    private Set<Watchpoint> watchpoints = Set.of();

    /**
     * Sets or clears one. Software and hardware breakpoints are the engine's alike. A processor
     * cannot watch reads alone: gdb then takes ACCESS and looks whether the value has changed.
     *
     * @return whether there is such a type
     * @throws MachineException when the engine cannot; then nothing has changed
     */
    boolean change(MachineDebug debug, String packet) throws MachineException {
        boolean add = packet.charAt(0) == 'Z';
        char type = packet.charAt(1);
        String[] place = packet.substring(3).split(",");
        long address = Hex.number(place[0]);
        Set<Long> breaks = new HashSet<>(breakpoints);
        Set<Watchpoint> watches = new HashSet<>(watchpoints);
        switch (type) {
            case SOFTWARE, HARDWARE -> put(breaks, address, add);
            case WRITE, ACCESS ->
                    put(watches, new Watchpoint(address, length(place[1]), type == ACCESS), add);
            default -> {
                return false;
            }
        }
        debug.breakpoints(breaks, watches);
        breakpoints = breaks;
        watchpoints = watches;
        return true;
    }

    private static int length(String text) {
        long length = Hex.number(text);
        if (length != (int) length) {
            throw new IllegalArgumentException("a length of " + text);
        }
        return (int) length;
    }

    private static <T> void put(Set<T> set, T stop, boolean add) {
        if (add) {
            set.add(stop);
        } else {
            set.remove(stop);
        }
    }

    /** What a stop reply says of a watchpoint. */
    static String reason(Watchpoint hit) {
        return "%s:%x;".formatted(hit.reads() ? "awatch" : "watch", hit.address());
    }
}
