package org.interposer.core.state;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;

/** Decodes CBOR that {@link RecordWriter} made; refuses anything else. Thread-safe. */
final class RecordReader {
    private static final int MAX_DEPTH = 64;

    private final CBORFactory factory = new CBORFactory();

    StateRecord decode(byte[] payload) throws IOException {
        try (JsonParser cbor = factory.createParser(payload)) {
            expect(cbor, JsonToken.START_OBJECT, "a record");
            StateRecord record = record(cbor, 1);
            if (cbor.nextToken() != null) {
                throw damaged("something follows the record", cbor);
            }
            return record;
        } catch (StateException failure) {
            throw failure;
        } catch (IOException | RuntimeException failure) {
            throw new StateException(
                    "state record cannot be decoded (" + failure.getMessage() + ")", failure);
        }
    }

    /** After the start of its map. */
    private static StateRecord record(JsonParser cbor, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw damaged("records are nested deeper than " + MAX_DEPTH, cbor);
        }
        name(cbor, RecordWriter.TYPE);
        expect(cbor, JsonToken.VALUE_STRING, "the type");
        String type = cbor.getText();
        name(cbor, RecordWriter.VERSION);
        expect(cbor, JsonToken.VALUE_NUMBER_INT, "the version");
        int version = cbor.getIntValue();
        name(cbor, RecordWriter.FIELDS);
        expect(cbor, JsonToken.START_OBJECT, "the fields");
        Map<String, StateRecord.Value> fields = fields(cbor, type, depth);
        expect(cbor, JsonToken.END_OBJECT, "the end of '" + type + "'");
        return new StateRecord(type, version, fields);
    }

    private static Map<String, StateRecord.Value> fields(JsonParser cbor, String type, int depth)
            throws IOException {
        Map<String, StateRecord.Value> fields = new LinkedHashMap<>();
        while (cbor.nextToken() != JsonToken.END_OBJECT) {
            if (cbor.currentToken() != JsonToken.FIELD_NAME) {
                throw damaged("a field of '" + type + "' has no name", cbor);
            }
            String name = cbor.currentName();
            if (fields.put(name, value(cbor, depth)) != null) {
                throw damaged("field '" + name + "' of '" + type + "' is there twice", cbor);
            }
        }
        return fields;
    }

    private static StateRecord.Value value(JsonParser cbor, int depth) throws IOException {
        JsonToken token = cbor.nextToken();
        if (token == null) {
            throw damaged("it ends inside a field", cbor);
        }
        return switch (token) {
            case VALUE_NUMBER_INT -> new StateRecord.Number(cbor.getLongValue());
            case VALUE_STRING -> new StateRecord.Text(cbor.getText());
            case VALUE_EMBEDDED_OBJECT -> new StateRecord.Bytes(cbor.getBinaryValue());
            case START_OBJECT -> new StateRecord.Nested(record(cbor, depth + 1));
            case START_ARRAY -> new StateRecord.Records(records(cbor, depth));
            default -> throw damaged("a field is a " + token, cbor);
        };
    }

    private static List<StateRecord> records(JsonParser cbor, int depth) throws IOException {
        List<StateRecord> records = new ArrayList<>();
        while (cbor.nextToken() != JsonToken.END_ARRAY) {
            if (cbor.currentToken() != JsonToken.START_OBJECT) {
                throw damaged("a list holds something other than records", cbor);
            }
            records.add(record(cbor, depth + 1));
        }
        return records;
    }

    private static void name(JsonParser cbor, String wanted) throws IOException {
        expect(cbor, JsonToken.FIELD_NAME, "'" + wanted + "'");
        if (!cbor.currentName().equals(wanted)) {
            throw damaged("'" + wanted + "' expected, found '" + cbor.currentName() + "'", cbor);
        }
    }

    private static void expect(JsonParser cbor, JsonToken wanted, String what) throws IOException {
        JsonToken token = cbor.nextToken();
        if (token != wanted) {
            throw damaged(what + " expected, found " + token, cbor);
        }
    }

    private static StateException damaged(String what, JsonParser cbor) {
        return new StateException(
                "state record is damaged at byte "
                        + cbor.currentLocation().getByteOffset()
                        + " of its content: "
                        + what);
    }
}
