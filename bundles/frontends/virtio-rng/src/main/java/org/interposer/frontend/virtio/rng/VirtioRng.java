package org.interposer.frontend.virtio.rng;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.DeviceTimer;
import org.interposer.frontend.virtio.QueueHandler;
import org.interposer.frontend.virtio.VirtioModel;
import org.interposer.frontend.virtio.VirtioOptions;
import org.interposer.frontend.virtio.VirtioPciDevice;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.Designate;

/** The entropy device. */
@Component(
        service = Frontend.class,
        configurationPid = "org.interposer.frontend.virtio.rng",
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = RngConfig.class, factory = true)
public final class VirtioRng implements Frontend {
    private static final String TYPE = "virtio.rng";
    private static final int VERSION = 1;
    private static final int QUEUE_SIZE = 64;

    private final String id;
    private final long maxBytes;
    private final int periodMs;
    private final OptionalInt slot;
    private final Consumer<byte[]> source;
    private volatile Optional<Plugged> plugged = Optional.empty();

    private record Plugged(VirtioPciDevice device, EntropyQueue queue, DeviceTimer timer) {}

    /** Checks the configuration. */
    @Activate
    public VirtioRng(RngConfig config) {
        this(config, hostEntropy()::nextBytes);
    }

    VirtioRng(RngConfig config, Consumer<byte[]> source) {
        if (config.maxBytes() < 0 || config.periodMs() < 1) {
            throw new IllegalArgumentException(
                    config.id()
                            + ": maxBytes="
                            + config.maxBytes()
                            + " and periodMs="
                            + config.periodMs()
                            + ": set maxBytes to 0 or more and periodMs to 1 or more");
        }
        this.id = config.id();
        this.maxBytes = config.maxBytes();
        this.periodMs = config.periodMs();
        this.slot = config.pciSlot() < 0 ? OptionalInt.empty() : OptionalInt.of(config.pciSlot());
        this.source = source;
    }

    /** The kernel's generator, which never blocks once the host has booted. */
    private static SecureRandom hostEntropy() {
        try {
            return SecureRandom.getInstance("NativePRNGNonBlocking");
        } catch (NoSuchAlgorithmException e) {
            return new SecureRandom();
        }
    }

    // ---- registers ----------------------------------------------------------------------------

    /** §5.4: type 4, one queue, no features, no configuration. */
    private final class Model implements VirtioModel {
        private final Budget budget;
        private final DeviceHost host;
        private Optional<EntropyQueue> queue = Optional.empty();
        private Optional<DeviceTimer> timer = Optional.empty();

        Model(DeviceHost host) {
            this.host = host;
            this.budget =
                    new Budget(host.clock(), maxBytes, TimeUnit.MILLISECONDS.toNanos(periodMs));
        }

        @Override
        public int type() {
            return 4;
        }

        @Override
        public int classCode() {
            return 0x00ff00;
        }

        @Override
        public long features() {
            return 0;
        }

        @Override
        public int queues() {
            return 1;
        }

        @Override
        public int queueSize() {
            return QUEUE_SIZE;
        }

        @Override
        public byte[] config() {
            return new byte[0];
        }

        @Override
        public QueueHandler handler(int index, IoEvent wake) {
            DeviceTimer period = host.clock().newTimer(id + ".period", wake::signal);
            EntropyQueue handler = new EntropyQueue(source, budget, period);
            timer = Optional.of(period);
            queue = Optional.of(handler);
            return handler;
        }
    }

    // ---- life ---------------------------------------------------------------------------------

    @Override
    public String id() {
        return id;
    }

    @Override
    public String describe() {
        String limit = maxBytes == 0 ? "no limit" : maxBytes + " B per " + periodMs + " ms";
        return "virtio-rng 1.0, " + limit;
    }

    @Override
    public void realize(DeviceHost host) throws DeviceException {
        Model model = new Model(host);
        try {
            VirtioPciDevice device =
                    VirtioPciDevice.plug(id, model, host, VirtioOptions.DEFAULT.in(slot));
            plugged =
                    Optional.of(
                            new Plugged(
                                    device, model.queue.orElseThrow(), model.timer.orElseThrow()));
        } catch (DeviceException e) {
            model.timer.ifPresent(DeviceTimer::close);
            throw e;
        }
    }

    @Override
    public void reset() {
        device().reset();
    }

    @Override
    public void quiesce() {
        device().quiesce();
    }

    @Override
    public void resume() {
        device().resume();
    }

    @Override
    public void unrealize() {
        plugged.ifPresent(
                parts -> {
                    parts.device().close();
                    parts.timer().close();
                });
        plugged = Optional.empty();
    }

    private VirtioPciDevice device() {
        return plugged.orElseThrow(() -> new IllegalStateException(id + " is not realized"))
                .device();
    }

    // ---- state --------------------------------------------------------------------------------

    @Override
    public StateRecord save() {
        return StateRecord.of(TYPE, VERSION).put("transport", device().save()).build();
    }

    @Override
    public void restore(StateRecord state) {
        device().restore(state.expect(TYPE, VERSION).nested("transport"));
    }

    // ---- metrics ------------------------------------------------------------------------------

    @Override
    public Map<String, Long> metrics() {
        return plugged.map(
                        parts -> {
                            Map<String, Long> counts = new TreeMap<>(parts.device().metrics());
                            counts.put("bytes", parts.queue().given());
                            return counts;
                        })
                .orElseGet(TreeMap::new);
    }
}
