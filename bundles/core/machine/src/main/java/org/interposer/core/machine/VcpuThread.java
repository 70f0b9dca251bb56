package org.interposer.core.machine;

import org.interposer.api.engine.Vcpu;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.frontend.MachineRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread of one vCPU. */
final class VcpuThread {
    private static final Logger LOG = LoggerFactory.getLogger(VcpuThread.class);
    private static final long STUCK_POLL_MILLIS = 50;

    private final Vcpu vcpu;
    private final VcpuGate gate;
    private final Requests requests;
    private final Thread thread;

    VcpuThread(String machine, Vcpu vcpu, VcpuGate gate, Requests requests) {
        this.vcpu = vcpu;
        this.gate = gate;
        this.requests = requests;
        thread = new Thread(this::loop, machine + "/vcpu" + vcpu.index());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** Waits until it has ended. */
    boolean join(long millis) throws InterruptedException {
        thread.join(millis);
        return !thread.isAlive();
    }

    private void loop() {
        for (VcpuGate.Entry entered = gate.enter();
                entered != VcpuGate.END;
                entered = gate.enter()) {
            VcpuExit exit;
            try {
                exit = vcpu.run();
            } catch (RuntimeException | Error e) {
                LOG.error("{} failed", thread.getName(), e);
                exit = new VcpuExit.Failed("vCPU " + vcpu.index() + " failed: " + e);
            } finally {
                gate.leave();
            }
            if (gate.isCurrent(entered)) {
                handle(exit, entered);
            }
        }
    }

    private void handle(VcpuExit exit, VcpuGate.Entry entered) {
        if (exit instanceof VcpuExit.TripleFault) {
            requests.tripleFault(vcpu.index());
            gate.awaitNewState(entered);
        } else if (exit instanceof VcpuExit.Stuck) {
            if (gate.stuck(STUCK_POLL_MILLIS)) {
                requests.allStuck();
                gate.awaitNewState(entered);
            }
        } else if (exit instanceof VcpuExit.Debug debug) {
            requests.debugStop(vcpu.index(), debug.watched());
            gate.awaitPause(entered);
        } else if (exit instanceof VcpuExit.Failed failed) {
            requests.request(new MachineRequest.Fail(failed.message()));
            gate.awaitNewState(entered);
        }
    }
}
