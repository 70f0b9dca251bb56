package org.interposer.tool.terminal;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.CommandProcessor;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the front of the container once every bundle has started, and stops the framework when the
 * user leaves or the script ends.
 *
 * <p>Framework properties: {@code interposer.script}, the script to run instead of a shell; {@code
 * interposer.state}, where the shell keeps its history; {@code interposer.front=none} for neither.
 */
@Component(service = {})
public final class TerminalComponent {
    private static final Logger LOG = LoggerFactory.getLogger(TerminalComponent.class);
    private static final String EXIT_STATUS = "interposer.exit.status";
    private static final long STOP_SECONDS = 5;

    private final BundleContext context;
    private final CommandProcessor processor;
    private final GogoCommands commands;
    private final CountDownLatch started = new CountDownLatch(1);
    private final FrameworkListener startListener = this::onFrameworkEvent;
    private final Thread thread;
    private volatile Front front;

    /**
     * Starts the thread that waits for the framework and then serves the user.
     *
     * @param context this bundle's context
     * @param processor the Gogo command processor
     */
    @Activate
    public TerminalComponent(BundleContext context, @Reference CommandProcessor processor) {
        this.context = context;
        this.processor = processor;
        this.commands = GogoCommands.register(context, processor);
        this.thread = new Thread(this::serve, "interposer-terminal");
        if ("none".equals(context.getProperty("interposer.front"))) {
            return;
        }
        context.addFrameworkListener(startListener);
        if (context.getBundle(0).getState() == Bundle.ACTIVE) {
            started.countDown();
        }
        thread.start();
    }

    private void onFrameworkEvent(FrameworkEvent event) {
        if (event.getType() == FrameworkEvent.STARTED) {
            started.countDown();
        }
    }

    private void serve() {
        int status = 1;
        try {
            started.await();
            front = newFront();
            status = front.run();
        } catch (InterruptedException e) {
            return;
        } catch (Exception e) {
            LOG.error("the terminal failed", e);
            System.err.println("interposer: the terminal failed: " + e);
        }
        stopFramework(status);
    }

    private Front newFront() throws Exception {
        String script = context.getProperty("interposer.script");
        if (script != null && !script.isEmpty()) {
            return new ScriptRunner(context, processor, Path.of(script), commands.exit());
        }
        Path state = Path.of(context.getProperty("interposer.state"));
        return new InteractiveShell(context, processor, commands.exit(), state.resolve("history"));
    }

    private void stopFramework(int status) {
        System.setProperty(EXIT_STATUS, Integer.toString(status));
        try {
            context.getBundle(0).stop();
        } catch (BundleException | IllegalStateException e) {
            LOG.debug("the framework is stopping already", e);
        }
    }

    /** Ends the shell or interrupts the script, and takes the commands back. */
    @Deactivate
    public void deactivate() throws InterruptedException {
        context.removeFrameworkListener(startListener);
        Front current = front;
        if (current != null) {
            current.close();
        }
        thread.interrupt();
        if (thread != Thread.currentThread()) {
            thread.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
        }
        commands.unregister();
    }
}
