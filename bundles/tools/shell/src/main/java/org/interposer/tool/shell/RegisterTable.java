package org.interposer.tool.shell;

import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.interposer.api.engine.CpuState;

/** All registers of a vCPU, for people. */
final class RegisterTable {
    static final List<String> GENERAL =
            List.of(
                    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10",
                    "r11", "r12", "r13", "r14", "r15");

    private static final Map<Integer, String> FLAGS = flags();

    // FXSAVE64 (SDM vol. 1 §10.5.1)
    private static final int FCW = 0, FSW = 2, FTW = 4, MXCSR = 24, ST = 32, XMM = 160;
    private static final int SLOT = 16;

    private RegisterTable() {}

    private static Map<Integer, String> flags() {
        Map<Integer, String> flags = new LinkedHashMap<>();
        String[] names = {
            "cf", "", "pf", "", "af", "", "zf", "sf", "tf", "if", "df", "of", "", "", "nt", "",
            "rf", "vm", "ac", "vif", "vip", "id"
        };
        for (int bit = names.length - 1; bit >= 0; bit--) {
            if (!names[bit].isEmpty()) {
                flags.put(bit, names[bit]);
            }
        }
        return flags;
    }

    static void print(List<CpuState> states, PrintStream out) {
        for (int i = 0; i < states.size(); i++) {
            print(i, states.get(i), out);
        }
    }

    static void print(int index, CpuState cpu, PrintStream out) {
        out.printf(
                "vcpu%d %s%n  rip     %016x  rflags %08x%s%n",
                index,
                cpu.activity().name().toLowerCase(Locale.ROOT),
                cpu.rip(),
                cpu.rflags(),
                names(cpu.rflags()));
        for (int r = 0; r < GENERAL.size(); r++) {
            out.printf("  %-3s     %016x%s", GENERAL.get(r), cpu.gpr()[r], r % 2 == 1 ? "\n" : "");
        }
        segments(cpu.segments(), out);
        CpuState.Control control = cpu.control();
        out.printf(
                "  cr0     %016x  cr2     %016x%n  cr3     %016x  cr4     %016x%n"
                        + "  cr8     %016x  efer    %016x%n  apic    %016x  xcr0    %016x%n",
                control.cr0(),
                control.cr2(),
                control.cr3(),
                control.cr4(),
                control.cr8(),
                control.efer(),
                control.apicBase(),
                control.xcr0());
        long[] debug = cpu.debug();
        String[] debugNames = {"dr0", "dr1", "dr2", "dr3", "dr6", "dr7"};
        for (int i = 0; i < debug.length; i++) {
            out.printf("  %s     %016x%s", debugNames[i], debug[i], i % 2 == 1 ? "\n" : "");
        }
        vectors(cpu.fxsave(), out);
        cpu.msrs().forEach((msr, value) -> out.printf("  msr %08x   %016x%n", msr, value));
        out.printf("  tsc     %d%n", cpu.tsc());
        events(cpu.events(), out);
    }

    private static String names(long rflags) {
        StringBuilder names = new StringBuilder();
        FLAGS.forEach((bit, name) -> names.append((rflags >> bit & 1) != 0 ? " " + name : ""));
        return names + " iopl" + (rflags >> 12 & 3);
    }

    private static void segments(CpuState.Segments s, PrintStream out) {
        segment("cs", s.cs(), out);
        segment("ds", s.ds(), out);
        segment("es", s.es(), out);
        segment("fs", s.fs(), out);
        segment("gs", s.gs(), out);
        segment("ss", s.ss(), out);
        segment("ldt", s.ldt(), out);
        segment("tr", s.tr(), out);
        out.printf("  gdt     %016x  limit %04x%n", s.gdt().base(), s.gdt().limit());
        out.printf("  idt     %016x  limit %04x%n", s.idt().base(), s.idt().limit());
    }

    private static void segment(String name, CpuState.Segment s, PrintStream out) {
        out.printf(
                "  %-3s%04x %016x  limit %08x  attributes %04x%s%n",
                name,
                s.selector(),
                s.base(),
                s.limit(),
                s.attributes() & 0xffff,
                (s.attributes() & CpuState.Segment.UNUSABLE) != 0 ? " unusable" : "");
    }

    private static void vectors(byte[] fxsave, PrintStream out) {
        ByteBuffer image = ByteBuffer.wrap(fxsave).order(ByteOrder.LITTLE_ENDIAN);
        out.printf(
                "  fcw     %04x  fsw %04x  ftw %02x  mxcsr %08x%n",
                image.getShort(FCW), image.getShort(FSW), image.get(FTW), image.getInt(MXCSR));
        for (int i = 0; i < 8; i++) {
            out.printf(
                    "  st%d     %04x %016x%s",
                    i,
                    image.getShort(ST + i * SLOT + 8),
                    image.getLong(ST + i * SLOT),
                    i % 2 == 1 ? "\n" : "");
        }
        for (int i = 0; i < 16; i++) {
            out.printf("  xmm%-2d   %s%n", i, vector(image, XMM + i * SLOT));
        }
    }

    private static String vector(ByteBuffer image, int at) {
        BigInteger low = new BigInteger(Long.toUnsignedString(image.getLong(at)));
        BigInteger high = new BigInteger(Long.toUnsignedString(image.getLong(at + 8)));
        return String.format("%032x", high.shiftLeft(64).or(low));
    }

    private static void events(CpuState.PendingEvents e, PrintStream out) {
        if (e.equals(CpuState.PendingEvents.NONE)) {
            return;
        }
        out.printf(
                "  pending exception %d error %x  interrupt %d%s%s%s%s%n",
                e.exception(),
                e.errorCode(),
                e.interrupt(),
                e.softInterrupt() ? " (INT n)" : "",
                e.nmiPending() ? "  nmi" : "",
                e.nmiMasked() ? "  nmi masked" : "",
                e.interruptShadow() ? "  interrupt shadow" : "");
    }
}
