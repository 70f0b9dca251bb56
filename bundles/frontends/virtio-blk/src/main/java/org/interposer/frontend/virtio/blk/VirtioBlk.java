package org.interposer.frontend.virtio.blk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.PortListener;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.interposer.frontend.virtio.QueueError;
import org.interposer.frontend.virtio.VirtioPciDevice;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The virtio disk as a device of a machine. */
@Component(
        service = Frontend.class,
        configurationPid = "org.interposer.frontend.virtio.blk",
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = BlkConfig.class, factory = true)
public final class VirtioBlk implements Frontend {
    private static final Logger LOG = LoggerFactory.getLogger(VirtioBlk.class);
    private static final String TYPE = "virtio.blk";
    private static final int VERSION = 1;

    private final ChainSwap swap;
    private volatile BlkSettings settings;
    private long chainStamp;
    private volatile Optional<Plugged> plugged = Optional.empty();

    private record Plugged(
            BlkSettings settings, BlkDisk disk, BlkModel model, VirtioPciDevice device) {}

    /** Checks the configuration. */
    @Activate
    public VirtioBlk(BlkConfig config, BundleContext context) {
        this(BlkSettings.of(config), new PortSwap(context));
        chainStamp = config.chainStamp();
    }

    VirtioBlk(BlkSettings settings, ChainSwap swap) {
        this.settings = settings;
        this.swap = swap;
    }

    /** Swaps another chain in at once; everything else counts from the next start on. */
    @Modified
    void modified(BlkConfig config) {
        modified(BlkSettings.of(config), config.chainStamp());
    }

    /** A chain that comes with a new stamp only tells what a command has done at the port. */
    void modified(BlkSettings changed, long stamp) {
        boolean told = stamp != chainStamp;
        chainStamp = stamp;
        BlkSettings before = settings;
        settings = changed;
        if (plugged.isEmpty()) {
            return;
        }
        if (!changed.with(before.chain()).equals(before)) {
            LOG.warn(
                    "{}/{}: only 'chain' changes while the machine runs; the rest counts from its"
                            + " next start on",
                    changed.machine(),
                    changed.id());
        }
        if (!told && !changed.chain().equals(before.chain())) {
            swap.swap(changed.machine(), changed.id(), changed.chain());
        }
    }

    // ---- life ---------------------------------------------------------------------------------

    @Override
    public String id() {
        return settings.id();
    }

    @Override
    public String describe() {
        BlkSettings now = plugged.map(Plugged::settings).orElse(settings);
        String size =
                plugged.map(p -> p.disk().geometry().bytes() / (1 << 20) + " MiB, ").orElse("");
        return "virtio-blk 1.0, " + size + queues(now.queues()) + " of " + now.queueSize();
    }

    private static String queues(int count) {
        return switch (count) {
            case 0 -> "a queue a vCPU";
            case 1 -> "1 queue";
            default -> count + " queues";
        };
    }

    @Override
    public void realize(DeviceHost host) throws DeviceException {
        BlkSettings now = settings.on(host.vcpus());
        BlockPort port = host.openBlockPort(now.port());
        BlkDisk disk = new BlkDisk(port, now.serial());
        BlkModel model = new BlkModel(now, disk);
        VirtioPciDevice device;
        try {
            device = VirtioPciDevice.plug(now.id(), model, host, now.transport());
        } catch (DeviceException | RuntimeException e) {
            port.close();
            throw e;
        }
        model.onConfigWritten(device::acceptConfig);
        plugged = Optional.of(new Plugged(now, disk, model, device));
        port.listener(new Listener(disk, model, device));
        if (!port.geometry().equals(disk.geometry())) {
            disk.geometry(port.geometry());
            device.updateConfig(model.config());
        }
    }

    private record Listener(BlkDisk disk, BlkModel model, VirtioPciDevice device)
            implements PortListener {
        @Override
        public void released() {
            device.wakeAll();
        }

        @Override
        public void geometryChanged(BlockGeometry geometry) {
            disk.geometry(geometry);
            device.updateConfig(model.config());
        }
    }

    @Override
    public void reset() {
        parts().device().reset();
        parts().device().acceptConfig(parts().model().config());
    }

    @Override
    public void quiesce() {
        parts().device().quiesce();
    }

    @Override
    public void resume() {
        parts().device().resume();
    }

    @Override
    public void unrealize() {
        plugged.ifPresent(
                parts -> {
                    parts.device().stopServing();
                    parts.disk().port().close();
                    parts.device().close();
                });
        plugged = Optional.empty();
    }

    private Plugged parts() {
        return plugged.orElseThrow(() -> new IllegalStateException(id() + " is not realized"));
    }

    // ---- state --------------------------------------------------------------------------------

    @Override
    public StateRecord save() {
        Plugged parts = parts();
        List<StateRecord> queues = new ArrayList<>();
        for (BlkQueue queue : parts.model().handlers()) {
            queues.add(
                    StateRecord.of("virtio.blk.queue", 1)
                            .put("deferred", queue.saveDeferred())
                            .build());
        }
        return StateRecord.of(TYPE, VERSION)
                .put("writeback", parts.disk().writeback())
                .put("held", parts.disk().port().heldByOperator())
                .put("capacity", parts.disk().geometry().sectors())
                .put("queues", queues)
                .put("transport", parts.device().save())
                .build();
    }

    @Override
    public void restore(StateRecord state) {
        state.expect(TYPE, VERSION);
        Plugged parts = parts();
        long capacity = state.number("capacity");
        if (capacity > parts.disk().geometry().sectors()) {
            throw new StateException(
                    id()
                            + " was saved with "
                            + capacity
                            + " sectors, its back-end has "
                            + parts.disk().geometry().sectors()
                            + ": give it one that is large enough");
        }
        if (state.number("held", 0) != 0) {
            hold(parts.disk().port());
        }
        parts.device().restore(state.nested("transport"));
        parts.disk().writeback(state.flag("writeback"));
        if (capacity == parts.disk().geometry().sectors()) {
            parts.device().acceptConfig(parts.model().config());
        } else {
            parts.device().updateConfig(parts.model().config());
        }
        List<StateRecord> queues = state.records("queues");
        for (int i = 0; i < parts.settings().queues(); i++) {
            restoreDeferred(parts, i, queues.get(i).expect("virtio.blk.queue", 1));
        }
    }

    private void hold(BlockPort port) {
        try {
            port.hold();
        } catch (IllegalStateException e) {
            throw new StateException(id() + " was on hold: " + e.getMessage(), e);
        }
    }

    private void restoreDeferred(Plugged parts, int index, StateRecord state) {
        byte[] heads = state.bytes("deferred");
        parts.device()
                .queue(index)
                .ifPresent(
                        ring -> {
                            try {
                                parts.model().handlers().get(index).restoreDeferred(ring, heads);
                            } catch (QueueError e) {
                                throw new StateException(id() + ": " + e.getMessage(), e);
                            }
                        });
        if (heads.length > 0 && LOG.isDebugEnabled()) {
            LOG.debug("{}: {} requests start again", id(), ByteBuffer.wrap(heads).remaining() / 2);
        }
    }

    // ---- metrics ------------------------------------------------------------------------------

    @Override
    public Map<String, Long> metrics() {
        Map<String, Long> counts = new TreeMap<>();
        plugged.ifPresent(
                parts -> {
                    counts.putAll(parts.device().metrics());
                    List<BlkQueue> queues = parts.model().handlers();
                    for (int i = 0; i < queues.size(); i++) {
                        queues.get(i).metrics().addTo(counts, "queue" + i + ".");
                    }
                });
        return counts;
    }
}
