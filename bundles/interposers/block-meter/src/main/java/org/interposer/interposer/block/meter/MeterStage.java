package org.interposer.interposer.block.meter;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockCompletion;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;

/** Passes every request on and looks at it when it comes back. */
final class MeterStage implements BlockBackend, BlockCompletion {
    private static final BlockOperation[] OPERATIONS = BlockOperation.values();

    private final BlockBackend lower;
    private final Runnable onClose;
    private volatile OperationMeter[] meters = fresh();
    private volatile boolean closed;

    MeterStage(BlockBackend lower, java.util.function.Consumer<MeterStage> onClose) {
        this.lower = lower;
        this.onClose = () -> onClose.accept(this);
    }

    private static OperationMeter[] fresh() {
        OperationMeter[] all = new OperationMeter[OPERATIONS.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = new OperationMeter();
        }
        return all;
    }

    @Override
    public BlockGeometry geometry() {
        return lower.geometry();
    }

    @Override
    public void submit(BlockRequest request) {
        if (closed) {
            request.complete(BlockStatus.LOST);
            return;
        }
        request.push(this, System.nanoTime());
        lower.submit(request);
    }

    @Override
    public void completed(BlockRequest request, BlockStatus status, long cookie) {
        OperationMeter meter = meters[request.operation().ordinal()];
        meter.record(status, request.bytes(), System.nanoTime() - cookie);
        request.complete(status);
    }

    /** Everything is passed on at once. */
    @Override
    public boolean keepsData() {
        return false;
    }

    @Override
    public void kick() {
        lower.kick();
    }

    @Override
    public Map<String, String> metrics() {
        Map<String, String> all = new LinkedHashMap<>();
        OperationMeter[] now = meters;
        for (BlockOperation operation : OPERATIONS) {
            String name = operation.name().toLowerCase(Locale.ROOT).replace('_', '-');
            now[operation.ordinal()].describe(name, all);
        }
        return all;
    }

    /** Starts to count from zero. */
    void reset() {
        meters = fresh();
    }

    @Override
    public void close() {
        closed = true;
        onClose.run();
    }
}
