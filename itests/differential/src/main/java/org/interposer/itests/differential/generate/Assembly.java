package org.interposer.itests.differential.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.interposer.itests.differential.Case.Step;
import org.interposer.itests.differential.Layout;

/**
 * The code of a case while it grows. Jumps go to instructions that are not there yet and are
 * resolved at the end.
 */
final class Assembly {
    /** Room for the jump to the exit page. */
    private static final int EXIT_BYTES = 5;

    private final int address;
    private final byte[] code = new byte[4 * Layout.CODE_MAX];
    private final List<Step> steps = new ArrayList<>();
    private final List<Integer> boundaries = new ArrayList<>();
    private final List<Fixup> fixups = new ArrayList<>();
    private int length;
    private int furthestTarget;

    /** A place that names an instruction: relative to {@code base}, or absolute if that is zero. */
    private record Fixup(int at, int size, int base, int target) {}

    Assembly(final int address) {
        this.address = address;
    }

    /** Starts the next instruction of the sequence, which may take several steps. */
    void begin() {
        boundaries.add(length);
    }

    /** Number of instructions begun. */
    int count() {
        return boundaries.size();
    }

    /** Address of the next byte. */
    int here() {
        return address + length;
    }

    /** Whether some jump passes over the instruction that was begun last. */
    boolean conditional() {
        return furthestTarget >= count();
    }

    void emit(
            final String form,
            final boolean setup,
            final boolean approximate,
            final byte... bytes) {
        System.arraycopy(bytes, 0, code, length, bytes.length);
        steps.add(new Step(form, length, bytes.length, count(), setup, approximate));
        length += bytes.length;
    }

    /** Preparation of the instruction, or clearing up after it. */
    void setup(final byte... bytes) {
        emit("setup", true, false, bytes);
    }

    /**
     * Lets the last {@code size + after} bytes but {@code after} name the instruction {@code skip}
     * places after the one begun last.
     */
    void jump(final int size, final int after, final boolean relative, final int skip) {
        final int target = count() + skip;
        furthestTarget = Math.max(furthestTarget, target);
        fixups.add(new Fixup(length - size - after, size, relative ? here() : 0, target));
    }

    boolean fits() {
        return length + EXIT_BYTES <= Layout.CODE_MAX;
    }

    /** Takes back the instruction begun last. */
    void drop() {
        final int start = boundaries.remove(boundaries.size() - 1);
        steps.removeIf(step -> step.offset() >= start);
        fixups.removeIf(fixup -> fixup.at() >= start);
        length = start;
    }

    List<Step> steps() {
        return List.copyOf(steps);
    }

    byte[] finish() {
        for (final Fixup fixup : fixups) {
            final int target =
                    address
                            + (fixup.target() < boundaries.size()
                                    ? boundaries.get(fixup.target())
                                    : length);
            put(fixup.at(), fixup.size(), target - fixup.base());
        }
        code[length] = (byte) 0xe9;
        put(length + 1, 4, Layout.EXIT - (address + length + EXIT_BYTES));
        final byte[] result = Arrays.copyOf(code, Layout.CODE_MAX);
        Arrays.fill(result, length + EXIT_BYTES, result.length, (byte) 0xcc);
        return result;
    }

    private void put(final int at, final int size, final int value) {
        for (int i = 0; i < size; i++) {
            code[at + i] = (byte) (value >> 8 * i);
        }
    }
}
