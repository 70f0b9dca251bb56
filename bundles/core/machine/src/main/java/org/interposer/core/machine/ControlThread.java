package org.interposer.core.machine;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.interposer.api.machine.MachineException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The control thread of a machine: one command after the other, with deadlines. Thread-safe. */
final class ControlThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlThread.class);

    /** A command. */
    @FunctionalInterface
    interface Command<T> {
        T run() throws MachineException;
    }

    private final String machine;
    private final ScheduledExecutorService executor;
    private volatile Thread thread;

    ControlThread(String machine) {
        this.machine = machine;
        executor =
                Executors.newSingleThreadScheduledExecutor(
                        body -> {
                            Thread made = new Thread(body, machine + "/control");
                            made.setDaemon(true);
                            thread = made;
                            return made;
                        });
    }

    /** Runs a command and waits for its end; at once when this is the control thread. */
    <T> T call(String what, long seconds, Command<T> command) throws MachineException {
        if (Thread.currentThread() == thread) {
            return command.run();
        }
        try {
            return submit(command).get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw unwrap(what, e.getCause());
        } catch (CancellationException e) {
            throw deleted(e);
        } catch (TimeoutException e) {
            throw new MachineException(
                    String.format(
                            "machine '%s': %s has not finished within %d s; it goes on, see"
                                    + " vm:info %s",
                            machine, what, seconds, machine),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MachineException("machine '" + machine + "': " + what + " interrupted", e);
        }
    }

    private <T> Future<T> submit(Command<T> command) throws MachineException {
        try {
            return executor.submit(command::run);
        } catch (RejectedExecutionException e) {
            throw deleted(e);
        }
    }

    private MachineException deleted(Exception cause) {
        return new MachineException("machine '" + machine + "' has been deleted", cause);
    }

    private MachineException unwrap(String what, Throwable cause) {
        if (cause instanceof MachineException known) {
            return known;
        }
        LOG.error("Machine '{}': {} failed", machine, what, cause);
        return new MachineException(
                String.format("machine '%s': %s failed: %s", machine, what, cause), cause);
    }

    /** Runs a command some time later; errors are logged. */
    void post(Runnable command) {
        postAfter(0, command);
    }

    /** Runs a command after a delay; errors are logged. */
    void postAfter(long millis, Runnable command) {
        try {
            executor.schedule(() -> guarded(command), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("Machine '{}' is gone, a late request is dropped", machine);
        }
    }

    private void guarded(Runnable command) {
        try {
            command.run();
        } catch (RuntimeException | Error e) {
            LOG.error("Machine '{}': a request failed", machine, e);
        }
    }

    /** Commands that have not begun end with an error. */
    @Override
    public void close() {
        for (Runnable waiting : executor.shutdownNow()) {
            if (waiting instanceof Future<?> command) {
                command.cancel(false);
            }
        }
    }
}
