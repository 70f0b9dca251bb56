package org.interposer.engine.kvm;

import java.util.Optional;
import java.util.OptionalInt;
import org.interposer.api.engine.EngineException;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A message to local APICs in the kernel. {@link #signal} sends it with one call that returns when
 * it is delivered; an eventfd (irqfd) is made only for who asks for its descriptor.
 */
final class KvmMsiRoute implements MsiRoute {
    private static final Logger LOG = LoggerFactory.getLogger(KvmMsiRoute.class);

    // struct kvm_irqfd
    private static final int IRQFD_FD = 0;
    private static final int IRQFD_GSI = 4;
    private static final int IRQFD_FLAGS = 8;
    private static final int IRQFD_SIZE = 32;

    private final Fd vm;
    private final KvmRouting routing;
    private final boolean irqfd;
    private volatile Optional<Msi> prepared = Optional.empty();
    private Optional<MsiMessage> message = Optional.empty();
    private Optional<EventFd> event = Optional.empty();
    private int gsi;
    private boolean closed;

    /** A route of a VM. */
    KvmMsiRoute(Fd vm, KvmRouting routing, boolean irqfd) {
        this.vm = vm;
        this.routing = routing;
        this.irqfd = irqfd;
    }

    @Override
    public synchronized void update(MsiMessage next) {
        if (closed || message.isPresent() && message.get().equals(next)) {
            return;
        }
        message = Optional.of(next);
        prepared = Optional.of(new Msi(next));
        if (event.isPresent()) {
            try {
                routing.set(gsi, next);
            } catch (EngineException e) {
                LOG.error("an interrupt route keeps its old message: {}", e.getMessage());
            }
        }
    }

    @Override
    public void signal() {
        Optional<Msi> now = prepared;
        if (now.isPresent()) {
            now.get().send(vm);
        }
    }

    @Override
    public synchronized OptionalInt descriptor() {
        if (event.isEmpty() && irqfd && !closed) {
            try {
                connect();
            } catch (EngineException e) {
                LOG.warn(
                        "no eventfd for an interrupt, signals go the slow way: {}", e.getMessage());
            }
        }
        return event.map(EventFd::descriptor).orElse(OptionalInt.empty());
    }

    private void connect() throws EngineException {
        int number = routing.allocate();
        EventFd made = new EventFd();
        try {
            if (message.isPresent()) {
                routing.set(number, message.get());
            }
            bind(made, number, 0);
        } catch (EngineException e) {
            made.close();
            routing.free(number);
            throw e;
        }
        gsi = number;
        event = Optional.of(made);
    }

    private void bind(EventFd made, int number, int flags) throws EngineException {
        Struct request = new Struct(IRQFD_SIZE);
        request.put32(IRQFD_FD, made.descriptor().orElseThrow());
        request.put32(IRQFD_GSI, number).put32(IRQFD_FLAGS, flags);
        vm.call("KVM_IRQFD", Kvm.KVM_IRQFD, request);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        prepared = Optional.empty();
        if (event.isPresent()) {
            try {
                bind(event.get(), gsi, Kvm.KVM_IRQFD_FLAG_DEASSIGN);
                routing.free(gsi);
            } catch (EngineException e) {
                LOG.warn("an interrupt route was not given back: {}", e.getMessage());
            }
            event.get().close();
            event = Optional.empty();
        }
    }
}
