package org.interposer.tool.gdb;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import org.interposer.api.engine.Watchpoint;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineDebug;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits on a loopback port for a gdb, one after the other, and holds one machine for it. Without a
 * gdb the machine runs, but for one that is not started yet: that waits before its first
 * instruction for the first gdb.
 */
final class Server implements MachineDebug.Listener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    private final Machine machine;
    private final ServerSocket socket;
    private final MachineDebug debug;
    private volatile Optional<Session> session = Optional.empty();
    private volatile Optional<Socket> connection = Optional.empty();
    private volatile boolean closed;

    private Server(Machine machine, ServerSocket socket) throws MachineException {
        this.machine = machine;
        this.socket = socket;
        debug = machine.debug(this);
    }

    /**
     * Opens the port.
     *
     * @param port TCP port of the loopback address, 0 for any
     */
    static Server open(Machine machine, int port) throws IOException, MachineException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            Server server = new Server(machine, socket);
            Thread thread = new Thread(server::serve, machine.name() + "/gdb");
            thread.setDaemon(true);
            thread.start();
            return server;
        } catch (IOException | MachineException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    int port() {
        return socket.getLocalPort();
    }

    String machine() {
        return machine.name();
    }

    private void serve() {
        while (!closed) {
            try (Socket client = socket.accept()) {
                connection = Optional.of(client);
                client.setTcpNoDelay(true);
                serve(client);
            } catch (IOException e) {
                if (!closed) {
                    LOG.debug("{}: {}", machine.name(), e.getMessage());
                }
            } catch (RuntimeException e) {
                LOG.error("{}: a gdb session failed; the next one may come", machine.name(), e);
            } finally {
                connection = Optional.empty();
                session = Optional.empty();
            }
        }
    }

    /** After the session nothing of it stays: no breakpoint, no stop. */
    private void serve(Socket client) throws IOException {
        Packets packets = new Packets(client.getInputStream(), client.getOutputStream());
        boolean running = machine.state() == MachineState.RUNNING;
        Session now = new Session(machine, debug, packets, running);
        session = Optional.of(now);
        try {
            now.run();
        } finally {
            session = Optional.empty();
            letGo();
        }
    }

    /** It may run with breakpoints or in a step: what a vCPU stops for changes while it stands. */
    private void letGo() {
        try {
            debug.pause();
            debug.breakpoints(Set.of(), Set.of());
            debug.resume(0);
        } catch (MachineException e) {
            LOG.debug("{}", e.getMessage());
        }
    }

    /** A stop that nobody waits for any more lets the machine run on. */
    @Override
    public void stopped(int cpu, Optional<Watchpoint> watched) {
        session.ifPresentOrElse(now -> now.stopped(cpu, watched), this::letGo);
    }

    @Override
    public void ended(MachineOutcome how) {
        session.ifPresent(now -> now.ended(how));
        close();
    }

    /** Closes the port, ends the session, and lets the machine run on. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        debug.close();
        closeQuietly(socket);
        connection.ifPresent(Server::closeQuietly);
    }

    boolean isClosed() {
        return closed;
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            LOG.debug("closing: {}", e.getMessage());
        }
    }
}
