package org.interposer.itests.differential.soft;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.interposer.api.memory.GuestMemory;
import org.interposer.core.memory.MappedGuestMemoryFactory;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Interpreter;
import org.interposer.engine.softcpu.cpu.Memory;
import org.interposer.engine.softcpu.cpu.Modes;
import org.interposer.engine.softcpu.mem.CodeMap;
import org.interposer.engine.softcpu.mem.Host;
import org.interposer.engine.softcpu.mem.PhysicalMemory;
import org.interposer.engine.softcpu.op.Operations;
import org.interposer.engine.softcpu.simd.FxState;
import org.interposer.itests.differential.Case;
import org.interposer.itests.differential.Layout;
import org.interposer.itests.differential.Result;
import org.interposer.itests.differential.State;
import org.interposer.itests.differential.UserCpu;

/** The software CPU. */
public final class SoftCpu implements UserCpu {
    private static final int MOST_TURNS = 50;
    private static final int WINDOW = Layout.WINDOW - Layout.DATA;
    private static final int FRAME_WORDS = 5;

    private final GuestMemory guest;
    private final PhysicalMemory physical;
    private final CodeMap code;
    private final Cpu cpu;
    private final Interpreter interpreter;
    private final long data;
    private final long stack;
    private final long[] pristineData;
    private final long[] pristineStack;
    private int reported;

    private long[] changes = new long[2 * Layout.CHANGES];
    private int changeCount;
    private long changeHash;

    private SoftCpu(final GuestMemory guest) {
        this.guest = guest;
        physical = new PhysicalMemory(guest);
        final Memory memory =
                new Memory(
                        physical, new CodeMap(System64.RAM_BYTES), new OneCpuWatch(this::forget));
        cpu = new Cpu(new NoDevices(), memory, new Operations());
        interpreter = new Interpreter(cpu);
        data = physical.ram(System64.DATA);
        stack = physical.ram(System64.STACK);
        final byte[] pattern = Layout.pattern();
        for (int i = 0; i < pattern.length; i++) {
            Host.put8(data + i, pattern[i]);
        }
        pristineData = words(data, Layout.DATA_SIZE);
        pristineStack = words(stack, Layout.STACK_SIZE);
        this.code = memory.code();
        new System64(physical).install(cpu);
    }

    /** A CPU in its own memory. */
    public static SoftCpu start() throws IOException {
        return new SoftCpu(
                new MappedGuestMemoryFactory().create("differential", System64.RAM_BYTES));
    }

    private void forget(final long page) {
        code.clear(page);
        cpu.code.invalidate(page);
    }

    private static long[] words(final long host, final int bytes) {
        final long[] words = new long[bytes / 8];
        for (int i = 0; i < words.length; i++) {
            words[i] = Host.get64(host + 8L * i);
        }
        return words;
    }

    @Override
    public List<Result> run(final List<Case> cases) {
        final List<Result> results = new ArrayList<>(cases.size());
        for (final Case one : cases) {
            results.add(run(one));
        }
        return results;
    }

    private Result run(final Case one) {
        prepare(one);
        int trap;
        try {
            trap = execute();
        } catch (final RuntimeException e) {
            trap = Result.BROKEN;
            if (reported++ < 10) {
                new IllegalStateException("case " + one.index() + " broke the CPU", e)
                        .printStackTrace();
            }
        }
        final Result result = result(one, trap);
        restore();
        return result;
    }

    private void prepare(final Case one) {
        final State before = one.before();
        final int offset = (int) before.rip() - Layout.CODE;
        for (int i = 0; i < Layout.CODE_MAX; i += 8) {
            cpu.mmu.direct().write(System64.CODE + offset + i, 8, word(one.code(), i));
        }
        for (int i = 0; i < Layout.WINDOW_SIZE; i += 8) {
            Host.put64(data + WINDOW + i, word(one.window(), i));
        }
        System.arraycopy(before.gpr(), 0, cpu.r, 0, 16);
        System64.userSegments(cpu);
        Flags.set(cpu, before.flags());
        FxState.load(cpu, before.fx());
        cpu.halted = false;
        cpu.shadow = false;
        cpu.pendingDebug = 0;
        cpu.rip = before.rip();
        Modes.update(cpu);
    }

    private static long word(final byte[] bytes, final int at) {
        long word = 0;
        for (int i = 7; i >= 0; i--) {
            word = word << 8 | bytes[at + i] & 0xff;
        }
        return word;
    }

    private int execute() {
        for (int i = 0; i < MOST_TURNS; i++) {
            if (!interpreter.turn()) {
                return Result.BROKEN;
            }
            if (cpu.cpl == 0) {
                return (int) (cpu.rip - System64.HANDLERS >>> 4);
            }
        }
        return Result.RUNAWAY;
    }

    private Result result(final Case one, final int trap) {
        final long[] gpr = Arrays.copyOf(cpu.r, 16);
        long rip = cpu.rip;
        long flags = Flags.get(cpu);
        int error = 0;
        int vector = trap;
        if (trap >= 0) {
            final int words = FRAME_WORDS + (GuestFault.hasErrorCode(trap) ? 1 : 0);
            long frame = physical.ram(System64.KERNEL_STACK_TOP - 8 * words);
            if (words > FRAME_WORDS) {
                error = Host.get32(frame);
                frame += 8;
            }
            rip = Host.get64(frame);
            flags = Host.get64(frame + 16);
            gpr[Cpu.RSP] = Host.get64(frame + 24);
            if (trap == GuestFault.GP && rip == Layout.EXIT) {
                vector = Result.NONE;
            }
        }
        changeCount = 0;
        changeHash = 0;
        collect(data, pristineData, Layout.DATA, one.window());
        collect(stack, pristineStack, Layout.STACK, null);
        return new Result(
                new State(gpr, rip, flags, FxState.save(cpu)),
                vector,
                error,
                cpu.cr2,
                changeCount,
                changeHash,
                Arrays.copyOf(changes, 2 * Math.min(changeCount, Layout.CHANGES)));
    }

    private void collect(
            final long host, final long[] pristine, final int address, final byte[] window) {
        for (int i = 0; i < pristine.length; i++) {
            final long word = Host.get64(host + 8L * i);
            final int inWindow = 8 * i - WINDOW;
            final boolean own = window != null && inWindow >= 0 && inWindow < Layout.WINDOW_SIZE;
            if (word != (own ? word(window, inWindow) : pristine[i])) {
                note(address + 8L * i, word);
            }
        }
    }

    private void note(final long address, final long word) {
        if (changeCount < Layout.CHANGES) {
            changes[2 * changeCount] = address;
            changes[2 * changeCount + 1] = word;
        }
        changeCount++;
        changeHash = Result.hash(changeHash, address, word);
    }

    private void restore() {
        if (changeCount <= Layout.CHANGES) {
            for (int i = 0; i < 2 * changeCount; i += 2) {
                restoreWord((int) changes[i]);
            }
            for (int i = 0; i < Layout.WINDOW_SIZE; i += 8) {
                restoreWord(Layout.WINDOW + i);
            }
            return;
        }
        for (int i = 0; i < pristineData.length; i++) {
            Host.put64(data + 8L * i, pristineData[i]);
        }
        for (int i = 0; i < pristineStack.length; i++) {
            Host.put64(stack + 8L * i, pristineStack[i]);
        }
    }

    private void restoreWord(final int address) {
        if (address >= Layout.STACK) {
            final int offset = address - Layout.STACK;
            Host.put64(stack + offset, pristineStack[offset / 8]);
        } else {
            final int offset = address - Layout.DATA;
            Host.put64(data + offset, pristineData[offset / 8]);
        }
    }

    @Override
    public void close() {
        cpu.mmu.close();
        physical.close();
        guest.close();
    }
}
