package org.interposer.core.state;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.interposer.api.state.StateCodec;
import org.interposer.api.state.StateRecord;
import org.osgi.service.component.annotations.Component;

/** The service that writes and reads state records; stateless. */
@Component
public final class ComponentStateCodec implements StateCodec {
    private final Container container = new Container();
    private final RecordWriter writer = new RecordWriter();
    private final RecordReader reader = new RecordReader();

    @Override
    public void write(StateRecord record, OutputStream out) throws IOException {
        container.write(writer.encode(record), out);
    }

    @Override
    public StateRecord read(InputStream in) throws IOException {
        return reader.decode(container.read(in));
    }

    @Override
    public String describe(StateRecord record) {
        return Description.of(record);
    }
}
