package org.interposer.engine.softcpu;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.interposer.api.engine.CpuFeatures;
import org.interposer.api.engine.CpuFeatures.Place;
import org.interposer.api.engine.CpuModel;
import org.interposer.api.engine.EngineException;

/**
 * What CPUID answers: the features of the common table that this processor has, filtered by the
 * machine's model. The vendor is AMD's, for which Linux keeps kernel and user page tables together.
 */
final class SoftCpuid {
    /** Features beyond the portable set. */
    private static final Set<String> MORE =
            Set.of("fsgsbase", "erms", "smep", "smap", "umip", "pdpe1gb", "popcnt", "cmp_legacy");

    /** Of the paravirtual interface: the clock, and that port 0x80 needs no delay. */
    private static final Set<String> PARAVIRTUAL =
            Set.of("kvmclock", "kvm_nopiodelay", "kvmclock2", "kvmclock_stable");

    /** Of the portable set: virtual-8086 mode is not there. */
    private static final Set<String> ABSENT = Set.of("vme");

    private static final int FAMILY_15_MODEL_107 = 0x0006_0fb1;
    private static final int LAST_BASIC = 0x15, LAST_EXTENDED = 0x8000_0008;
    private static final int HYPERVISOR = 0x4000_0000, TIMING = 0x4000_0010;
    private static final int CLFLUSH_LINES = 8 << 8;

    /** Bits of a guest-physical address. */
    static final int PHYSICAL_BITS = 48;

    private static final int ADDRESS_BITS = PHYSICAL_BITS | 48 << 8;
    private static final String BRAND = "Interposer softcpu";

    private final Map<Long, int[]> leaves = new HashMap<>();

    /**
     * Of one vCPU.
     *
     * @throws EngineException naming a feature or base that does not exist
     */
    SoftCpuid(CpuModel model, int cpu, int cpus, long tscKhz) throws EngineException {
        Set<String> shown = shown(model, cpus);
        text(0, LAST_BASIC, "AuthenticAMD", new int[] {1, 3, 2});
        put(1, 0, FAMILY_15_MODEL_107, CLFLUSH_LINES | ids(cpus) << 16 | cpu << 24, 0, 0);
        put(0xb, 0, 0, 1, 1 << 8, cpu);
        put(0xb, 1, bits(cpus), cpus, 2 << 8 | 1, cpu);
        put(0xb, 2, 0, 0, 2, cpu);
        put(0x15, 0, 1, 1, (int) (tscKhz * 1000), 0);
        text(0x8000_0000, LAST_EXTENDED, "AuthenticAMD", new int[] {1, 3, 2});
        put(0x8000_0001, 0, FAMILY_15_MODEL_107, 0, 0, 0);
        brand();
        put(0x8000_0008, 0, ADDRESS_BITS, 0, bits(cpus) << 12 | Math.min(255, cpus - 1), 0);
        if (shown.contains("kvmclock2")) {
            text(HYPERVISOR, TIMING, "KVMKVMKVM\0\0\0", new int[] {1, 2, 3});
            put(TIMING, 0, (int) tscKhz, 0, 0, 0);
        }
        features(shown);
    }

    private static Set<String> shown(CpuModel model, int cpus) throws EngineException {
        CpuFeatures.check(model);
        Set<String> wanted = new HashSet<>(CpuFeatures.V2);
        if (model.base().equals("host")) {
            wanted.addAll(MORE);
            wanted.addAll(PARAVIRTUAL);
        }
        if (cpus > 1) {
            // Correct but slow there: all vCPUs stand still for each.
            wanted.remove("cx16");
        } else {
            wanted.remove("ht");
            wanted.remove("cmp_legacy");
        }
        Set<String> possible = new HashSet<>(CpuFeatures.V2);
        possible.addAll(MORE);
        possible.addAll(PARAVIRTUAL);
        wanted.addAll(model.add());
        wanted.retainAll(possible);
        wanted.removeAll(ABSENT);
        wanted.removeAll(model.remove());
        return wanted;
    }

    private void features(Set<String> shown) {
        for (String name : shown) {
            Place place = CpuFeatures.all().get(name);
            if (place != null) {
                int[] leaf =
                        leaves.computeIfAbsent(
                                key(place.function(), place.index()), k -> new int[4]);
                leaf[place.register().ordinal()] |= 1 << place.bit();
                // AMD shows the old features in its own leaf, too.
                if (place.function() == 1
                        && place.register() == CpuFeatures.Register.EDX
                        && (1 << place.bit() & 0x0183_f3ff) != 0) {
                    leaves.get(key(0x8000_0001, 0))[3] |= 1 << place.bit();
                }
            }
        }
    }

    private void brand() {
        byte[] name = java.util.Arrays.copyOf(BRAND.getBytes(StandardCharsets.US_ASCII), 48);
        for (int i = 0; i < 3; i++) {
            put(
                    0x8000_0002 + i,
                    0,
                    word(name, i * 16),
                    word(name, i * 16 + 4),
                    word(name, i * 16 + 8),
                    word(name, i * 16 + 12));
        }
    }

    private void text(int function, int eax, String text, int[] order) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        int[] leaf = new int[4];
        leaf[0] = eax;
        for (int i = 0; i < 3; i++) {
            leaf[order[i]] = word(bytes, i * 4);
        }
        leaves.put(key(function, 0), leaf);
    }

    private static int word(byte[] bytes, int at) {
        return bytes[at] & 0xff
                | (bytes[at + 1] & 0xff) << 8
                | (bytes[at + 2] & 0xff) << 16
                | bytes[at + 3] << 24;
    }

    private void put(int function, int index, int eax, int ebx, int ecx, int edx) {
        leaves.put(key(function, index), new int[] {eax, ebx, ecx, edx});
    }

    private static long key(int function, int index) {
        return (long) function << 32 | index & 0xffff_ffffL;
    }

    private static int ids(int cpus) {
        return Math.min(255, 1 << bits(cpus));
    }

    private static int bits(int cpus) {
        return 32 - Integer.numberOfLeadingZeros(cpus - 1);
    }

    /** The answer: eax, ebx, ecx, edx; zeroes for a leaf that is not there. */
    void answer(int function, int index, int[] result) {
        int[] leaf = leaves.get(key(function, hasIndex(function) ? index : 0));
        if (leaf == null) {
            leaf = new int[4];
            if (function == 0xb) {
                leaf[2] = index & 0xff; // SDM vol. 2: the level is echoed.
            }
        }
        System.arraycopy(leaf, 0, result, 0, 4);
    }

    private static boolean hasIndex(int function) {
        return function == 4 || function == 7 || function == 0xb || function == 0xd;
    }
}
