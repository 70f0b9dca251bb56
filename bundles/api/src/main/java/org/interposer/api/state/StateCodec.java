package org.interposer.api.state;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.osgi.annotation.versioning.ProviderType;

/** Service that writes and reads records on streams. Thread-safe. */
@ProviderType
public interface StateCodec {
    /** Writes one record; the stream stays open. */
    void write(StateRecord record, OutputStream out) throws IOException;

    /**
     * Reads one record.
     *
     * @throws StateException when it is damaged, not a state record, or of a newer container format
     */
    StateRecord read(InputStream in) throws IOException;

    /** A record as text for people, one field a line. */
    String describe(StateRecord record);
}
