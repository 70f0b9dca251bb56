package org.interposer.engine.kvm;

import static org.interposer.engine.kvm.VcpuLayout.EVENTS_EXCEPTION_ERROR_CODE;
import static org.interposer.engine.kvm.VcpuLayout.EVENTS_EXCEPTION_HAS_ERROR_CODE;
import static org.interposer.engine.kvm.VcpuLayout.EVENTS_EXCEPTION_INJECTED;
import static org.interposer.engine.kvm.VcpuLayout.EVENTS_EXCEPTION_NR;
import static org.interposer.engine.kvm.VcpuLayout.EVENTS_FLAGS;
import static org.interposer.engine.kvm.VcpuLayout.EVENTS_INTERRUPT_INJECTED;
import static org.interposer.engine.kvm.VcpuLayout.EVENTS_INTERRUPT_NR;
import static org.interposer.engine.kvm.VcpuLayout.EVENTS_INTERRUPT_SHADOW;
import static org.interposer.engine.kvm.VcpuLayout.EVENTS_INTERRUPT_SOFT;
import static org.interposer.engine.kvm.VcpuLayout.EVENTS_NMI_INJECTED;
import static org.interposer.engine.kvm.VcpuLayout.EVENTS_NMI_MASKED;
import static org.interposer.engine.kvm.VcpuLayout.EVENTS_NMI_PENDING;

import org.interposer.api.engine.CpuState.Activity;
import org.interposer.api.engine.CpuState.PendingEvents;

/** Pending events and activity between KVM's structures and the records. */
final class EventCodec {
    private EventCodec() {}

    /**
     * Reads struct kvm_vcpu_events. KVM keeps the payload of an injected exception in CR2 and DR6,
     * which the record holds too.
     */
    static PendingEvents events(Struct s, long cr2, long dr6) {
        boolean exception = s.get8(EVENTS_EXCEPTION_INJECTED) != 0;
        int vector = exception ? s.get8(EVENTS_EXCEPTION_NR) : -1;
        boolean coded = exception && s.get8(EVENTS_EXCEPTION_HAS_ERROR_CODE) != 0;
        return new PendingEvents(
                vector,
                coded ? s.get32(EVENTS_EXCEPTION_ERROR_CODE) & 0xffff_ffffL : -1,
                payload(vector, cr2, dr6),
                s.get8(EVENTS_INTERRUPT_INJECTED) != 0 ? s.get8(EVENTS_INTERRUPT_NR) : -1,
                s.get8(EVENTS_INTERRUPT_INJECTED) != 0 && s.get8(EVENTS_INTERRUPT_SOFT) != 0,
                s.get8(EVENTS_NMI_PENDING) != 0 || s.get8(EVENTS_NMI_INJECTED) != 0,
                s.get8(EVENTS_NMI_MASKED) != 0,
                s.get8(EVENTS_INTERRUPT_SHADOW) != 0);
    }

    private static long payload(int vector, long cr2, long dr6) {
        return switch (vector) {
            case 14 -> cr2;
            case 1 -> dr6;
            default -> 0;
        };
    }

    static Struct events(PendingEvents events) {
        Struct s = new Struct(VcpuLayout.EVENTS_SIZE);
        if (events.exception() >= 0) {
            s.put8(EVENTS_EXCEPTION_INJECTED, 1).put8(EVENTS_EXCEPTION_NR, events.exception());
            if (events.errorCode() >= 0) {
                s.put8(EVENTS_EXCEPTION_HAS_ERROR_CODE, 1);
                s.put32(EVENTS_EXCEPTION_ERROR_CODE, (int) events.errorCode());
            }
        }
        if (events.interrupt() >= 0) {
            s.put8(EVENTS_INTERRUPT_INJECTED, 1).put8(EVENTS_INTERRUPT_NR, events.interrupt());
            s.put8(EVENTS_INTERRUPT_SOFT, events.softInterrupt() ? 1 : 0);
        }
        s.put8(EVENTS_INTERRUPT_SHADOW, events.interruptShadow() ? 1 : 0);
        s.put8(EVENTS_NMI_PENDING, events.nmiPending() ? 1 : 0);
        s.put8(EVENTS_NMI_MASKED, events.nmiMasked() ? 1 : 0);
        return s.put32(
                EVENTS_FLAGS, VcpuLayout.EVENTS_VALID_NMI_PENDING | VcpuLayout.EVENTS_VALID_SHADOW);
    }

    static Activity activity(int mpState) {
        return switch (mpState) {
            case Kvm.KVM_MP_STATE_UNINITIALIZED, Kvm.KVM_MP_STATE_INIT_RECEIVED ->
                    Activity.WAIT_FOR_SIPI;
            case Kvm.KVM_MP_STATE_HALTED -> Activity.HALTED;
            default -> Activity.RUNNING;
        };
    }

    /** INIT_RECEIVED takes a start-up message and an INIT alike, so it stands for both. */
    static int mpState(Activity activity) {
        return switch (activity) {
            case RUNNING -> Kvm.KVM_MP_STATE_RUNNABLE;
            case HALTED -> Kvm.KVM_MP_STATE_HALTED;
            case WAIT_FOR_SIPI -> Kvm.KVM_MP_STATE_INIT_RECEIVED;
        };
    }
}
