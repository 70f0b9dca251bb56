package org.interposer.core.state;

import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import org.interposer.api.state.StateRecord;

/** Encodes a record as CBOR. Thread-safe. */
final class RecordWriter {
    static final String TYPE = "type";
    static final String VERSION = "version";
    static final String FIELDS = "fields";

    private final CBORFactory factory = new CBORFactory();

    byte[] encode(StateRecord record) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator cbor = factory.createGenerator(bytes)) {
            write(record, cbor);
        }
        return bytes.toByteArray();
    }

    private static void write(StateRecord record, CBORGenerator cbor) throws IOException {
        cbor.writeStartObject(3);
        cbor.writeStringField(TYPE, record.type());
        cbor.writeNumberField(VERSION, record.version());
        cbor.writeFieldName(FIELDS);
        cbor.writeStartObject(record.fields().size());
        for (Map.Entry<String, StateRecord.Value> field : record.fields().entrySet()) {
            cbor.writeFieldName(field.getKey());
            write(field.getValue(), cbor);
        }
        cbor.writeEndObject();
        cbor.writeEndObject();
    }

    private static void write(StateRecord.Value value, CBORGenerator cbor) throws IOException {
        if (value instanceof StateRecord.Number number) {
            cbor.writeNumber(number.value());
        } else if (value instanceof StateRecord.Text text) {
            cbor.writeString(text.value());
        } else if (value instanceof StateRecord.Bytes bytes) {
            cbor.writeBinary(bytes.value());
        } else if (value instanceof StateRecord.Nested nested) {
            write(nested.value(), cbor);
        } else if (value instanceof StateRecord.Records records) {
            cbor.writeStartArray(null, records.value().size());
            for (StateRecord record : records.value()) {
                write(record, cbor);
            }
            cbor.writeEndArray();
        } else {
            throw new IllegalStateException("a kind of value this bundle does not know: " + value);
        }
    }
}
