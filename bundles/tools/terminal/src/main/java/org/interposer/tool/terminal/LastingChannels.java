package org.interposer.tool.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.apache.felix.gogo.runtime.CommandSessionImpl;
import org.apache.felix.service.command.CommandSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Channels over the terminal that outlive the commands. Those of the JDK, which Gogo makes of a
 * session's streams, close themselves and the stream below when a thread is interrupted in them
 * ({@link java.nio.channels.InterruptibleChannel}); a command that Ctrl-C ends while it reads or
 * prints would take the terminal from the shell.
 */
final class LastingChannels {
    private static final Logger LOG = LoggerFactory.getLogger(LastingChannels.class);
    private static final int MOST_BYTES = 8192;

    private LastingChannels() {}

    /** Puts them into the place of a session's own; Gogo has no other way to give it any. */
    static void install(CommandSession session, InputStream in, OutputStream out) {
        try {
            Field field = CommandSessionImpl.class.getDeclaredField("channels");
            field.setAccessible(true);
            Channel[] channels = (Channel[]) field.get(session);
            channels[0] = new Input(in);
            channels[1] = new Output(out);
            channels[2] = channels[1];
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn("this Gogo keeps its channels elsewhere; Ctrl-C may end the shell", e);
        }
    }

    private interface Lasting extends Channel {
        @Override
        default boolean isOpen() {
            return true;
        }

        @Override
        default void close() {
            // The terminal is the shell's.
        }
    }

    private record Input(InputStream in) implements ReadableByteChannel, Lasting {
        @Override
        public int read(ByteBuffer target) throws IOException {
            byte[] bytes = new byte[Math.min(target.remaining(), MOST_BYTES)];
            int count = in.read(bytes, 0, bytes.length);
            if (count > 0) {
                target.put(bytes, 0, count);
            }
            return count;
        }
    }

    private record Output(OutputStream out) implements WritableByteChannel, Lasting {
        @Override
        public int write(ByteBuffer source) throws IOException {
            byte[] bytes = new byte[source.remaining()];
            source.get(bytes);
            out.write(bytes);
            out.flush();
            return bytes.length;
        }
    }
}
