package org.interposer.engine.softcpu.sys;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Activity;
import org.interposer.api.engine.CpuState.PendingEvents;
import org.interposer.api.engine.CpuState.Segments;
import org.interposer.api.engine.CpuState.Table;
import org.interposer.api.engine.EngineException;
import org.interposer.api.state.StateRecord;
import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Modes;
import org.interposer.engine.softcpu.cpu.Msrs;
import org.interposer.engine.softcpu.cpu.Segment;
import org.interposer.engine.softcpu.simd.FxState;

/** The registers of a vCPU as the record that all engines share, and back. Between turns only. */
public final class StateTransfer {
    private static final long CR4_OSXSAVE = 1 << 18, CR4_PCIDE = 1 << 17, CR4_LA57 = 1 << 12;

    /** MSRs of the environment that the record has: the names of kvmclock and its relatives. */
    private static final int PARAVIRTUAL = 0x4b56_4d00, PARAVIRTUAL_COUNT = 8;

    /** Registers of the processor that the record's map has. */
    private static final int[] OWN = {
        Msrs.SYSENTER_CS,
        Msrs.SYSENTER_ESP,
        Msrs.SYSENTER_EIP,
        Msrs.STAR,
        Msrs.LSTAR,
        Msrs.CSTAR,
        Msrs.SFMASK,
        Msrs.KERNEL_GS_BASE,
        Msrs.TSC_AUX
    };

    private StateTransfer() {}

    /**
     * The state now.
     *
     * @param waits an application processor that waits for INIT or SIPI
     * @param nmiPending an NMI has been accepted but not delivered
     * @param apic state of the local APIC where the engine has it
     */
    public static CpuState save(Cpu c, boolean waits, boolean nmiPending, List<StateRecord> apic) {
        Activity activity =
                waits ? Activity.WAIT_FOR_SIPI : c.halted ? Activity.HALTED : Activity.RUNNING;
        PendingEvents events =
                new PendingEvents(-1, -1, 0, -1, false, nmiPending, c.nmiMasked, c.shadow);
        long[] gpr = Arrays.copyOf(c.r, 16);
        long[] debug = {c.dr[0], c.dr[1], c.dr[2], c.dr[3], c.dr[6], c.dr[7]};
        long[] apicBase = new long[1];
        c.env.readMsr(Msrs.APIC_BASE, apicBase);
        CpuState.Control control =
                new CpuState.Control(
                        c.cr0, c.cr2, c.cr3, c.cr4, c.env.cr8(), c.efer, apicBase[0], 1);
        return new CpuState(
                gpr,
                c.rip,
                Flags.get(c),
                segments(c),
                control,
                debug,
                msrs(c),
                FxState.save(c),
                new byte[0],
                c.env.tsc(),
                activity,
                events,
                apic);
    }

    private static Segments segments(Cpu c) {
        return new Segments(
                segment(c, Cpu.CS),
                segment(c, Cpu.DS),
                segment(c, Cpu.ES),
                segment(c, Cpu.FS),
                segment(c, Cpu.GS),
                segment(c, Cpu.SS),
                segment(c.ldtr, c.ldtBase),
                segment(c.tr, c.trBase),
                new Table(c.gdtBase, c.gdtLimit),
                new Table(c.idtBase, c.idtLimit));
    }

    private static CpuState.Segment segment(Cpu c, int number) {
        return segment(c.seg[number], c.r[Cpu.SEG_BASE + number]);
    }

    private static CpuState.Segment segment(Segment s, long base) {
        return new CpuState.Segment(s.selector, base, s.limit, s.attributes);
    }

    private static SortedMap<Integer, Long> msrs(Cpu c) {
        SortedMap<Integer, Long> values = new TreeMap<>(Integer::compareUnsigned);
        values.putAll(c.msrs.kept);
        values.keySet().removeIf(KeptMsrs::isIdentity);
        long[] value = new long[1];
        for (int index : OWN) {
            ModelSpecific.read(c, index, value);
            values.put(index, value[0]);
        }
        for (int i = 0; i < PARAVIRTUAL_COUNT; i++) {
            if (c.env.readMsr(PARAVIRTUAL + i, value)) {
                values.put(PARAVIRTUAL + i, value[0]);
            }
        }
        return values;
    }

    /**
     * Takes a state over, but for what only the caller has: waiting for SIPI, a pending NMI, the
     * local APIC. An event that was being delivered goes on being delivered.
     *
     * @throws EngineException when the state needs what this engine's processor lacks
     */
    public static void restore(Cpu c, CpuState s) throws EngineException {
        if ((s.control().cr4() & (CR4_OSXSAVE | CR4_PCIDE | CR4_LA57)) != 0) {
            throw new EngineException(
                    "the saved state uses XSAVE, PCID or 5-level paging, which the 'softcpu' engine"
                        + " lacks: save it from a machine with a smaller CPU model, or use KVM");
        }
        System.arraycopy(s.gpr(), 0, c.r, 0, 16);
        c.rip = s.rip();
        Flags.set(c, s.rflags());
        c.cr0 = s.control().cr0();
        c.cr2 = s.control().cr2();
        c.cr3 = s.control().cr3();
        c.cr4 = s.control().cr4();
        c.efer = s.control().efer();
        loadSegments(c, s.segments());
        System.arraycopy(s.debug(), 0, c.dr, 0, 4);
        c.dr[6] = s.debug()[4];
        c.dr[7] = s.debug()[5];
        FxState.load(c, s.fxsave());
        c.halted = s.activity() == Activity.HALTED;
        c.nmiMasked = s.events().nmiMasked();
        c.shadow = s.events().interruptShadow();
        // The record does not tell; only a debugger inside the guest may notice.
        c.stackShadow = false;
        c.pendingDebug = 0;
        c.cpl = cpl(c);
        refresh(c);
        c.env.writeMsr(Msrs.APIC_BASE, s.control().apicBase());
        c.env.setCr8((int) s.control().cr8());
        c.env.setTsc(s.tsc());
        loadMsrs(c, s.msrs());
        deliver(c, s.events());
    }

    private static int cpl(Cpu c) {
        if (!c.protectedMode()) {
            return 0;
        }
        return c.v86() ? 3 : c.seg[Cpu.SS].dpl();
    }

    /** Brings what follows from the registers up to date. */
    static void refresh(Cpu c) {
        boolean pae = (c.cr0 & Control.CR0_PG) != 0 && (c.cr4 & Control.CR4_PAE) != 0;
        if (pae && !c.longMode()) {
            c.mmu.loadPdptes(c.cr3);
        }
        c.mmu.flush();
        Modes.update(c);
    }

    private static void loadSegments(Cpu c, Segments s) {
        load(c, Cpu.CS, s.cs());
        load(c, Cpu.DS, s.ds());
        load(c, Cpu.ES, s.es());
        load(c, Cpu.FS, s.fs());
        load(c, Cpu.GS, s.gs());
        load(c, Cpu.SS, s.ss());
        c.ldtr.set(s.ldt().selector(), s.ldt().limit(), s.ldt().attributes());
        c.ldtBase = s.ldt().base();
        c.tr.set(s.tr().selector(), s.tr().limit(), s.tr().attributes());
        c.trBase = s.tr().base();
        c.gdtBase = s.gdt().base();
        c.gdtLimit = s.gdt().limit();
        c.idtBase = s.idt().base();
        c.idtLimit = s.idt().limit();
    }

    private static void load(Cpu c, int number, CpuState.Segment s) {
        c.seg[number].set(s.selector(), s.limit(), s.attributes());
        c.r[Cpu.SEG_BASE + number] = s.base();
    }

    /** Without the checks of WRMSR, and keeping what is unknown, so that it can go back whole. */
    private static void loadMsrs(Cpu c, Map<Integer, Long> values) {
        for (Map.Entry<Integer, Long> e : values.entrySet()) {
            int index = e.getKey();
            long value = e.getValue();
            if (KeptMsrs.isIdentity(index)) {
                continue;
            }
            if (isOwn(index)) {
                ModelSpecific.write(c, index, value);
            } else if (c.msrs.kept.containsKey(index)) {
                c.msrs.kept.put(index, value);
            } else if (!c.env.writeMsr(index, value) && value != 0) {
                c.msrs.kept.put(index, value);
            }
        }
    }

    private static boolean isOwn(int index) {
        for (int own : OWN) {
            if (own == index) {
                return true;
            }
        }
        return false;
    }

    /** What another engine had begun. */
    private static void deliver(Cpu c, PendingEvents e) {
        if (e.exception() >= 0) {
            c.fault.with(e.exception(), (int) e.errorCode()).address = e.exceptionPayload();
            Delivery.fault(c, c.rip);
        } else if (e.interrupt() >= 0 && !e.softInterrupt()) {
            // INT n is still to be executed: RIP is at it.
            Delivery.interrupt(c, e.interrupt(), c.rip);
        }
    }
}
