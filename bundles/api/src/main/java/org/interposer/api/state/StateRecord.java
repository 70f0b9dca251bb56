package org.interposer.api.state;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A versioned, self-describing, immutable record.
 *
 * @param type what it describes, a stable dotted name: {@code virtio.blk}, {@code irq.lapic}
 * @param version of that type's fields, from 1; raised when a field changes its meaning
 * @param fields name to value, in the order they were written
 */
public record StateRecord(String type, int version, Map<String, Value> fields) {

    /** A field's value. */
    public sealed interface Value {}

    /** A 64-bit number; also booleans (0, 1) and narrower numbers. */
    public record Number(long value) implements Value {}

    /** Text. */
    public record Text(String value) implements Value {}

    /** Bytes; not copied, treat as immutable. */
    public record Bytes(byte[] value) implements Value {
        @Override
        public boolean equals(Object other) {
            return other instanceof Bytes b && Arrays.equals(value, b.value);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(value);
        }

        @Override
        public String toString() {
            return "Bytes[" + value.length + "]";
        }
    }

    /** Nested record. */
    public record Nested(StateRecord value) implements Value {}

    /** List of records. */
    public record Records(List<StateRecord> value) implements Value {
        /** Copies the list. */
        public Records {
            value = List.copyOf(value);
        }
    }

    /** Copies the fields. */
    public StateRecord {
        if (version < 1) {
            throw new IllegalArgumentException("version " + version + " of " + type);
        }
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Starts a record. */
    public static Builder of(String type, int version) {
        return new Builder(type, version);
    }

    /**
     * Refuses a record that this reader does not know.
     *
     * @return this
     * @throws StateException when the type differs or the version is newer
     */
    public StateRecord expect(String wantedType, int newestVersion) {
        if (!type.equals(wantedType)) {
            throw new StateException(
                    "state of '" + wantedType + "' expected, found '" + type + "'");
        }
        if (version > newestVersion) {
            throw new StateException(
                    "state of '"
                            + type
                            + "' has version "
                            + version
                            + ", this software reads up to "
                            + newestVersion
                            + ": update the bundle that restores it");
        }
        return this;
    }

    /** A number; throws {@link StateException} when it is missing or something else. */
    public long number(String field) {
        return get(field, Number.class).value();
    }

    /** A number, or the default when the field is missing (it came with a later minor change). */
    public long number(String field, long missing) {
        return fields.containsKey(field) ? number(field) : missing;
    }

    /** A number that is not 0. */
    public boolean flag(String field) {
        return number(field) != 0;
    }

    /** Text; throws {@link StateException} when it is missing or something else. */
    public String text(String field) {
        return get(field, Text.class).value();
    }

    /** Bytes; throws {@link StateException} when they are missing or something else. */
    public byte[] bytes(String field) {
        return get(field, Bytes.class).value();
    }

    /** A nested record; throws {@link StateException} when it is missing or something else. */
    public StateRecord nested(String field) {
        return get(field, Nested.class).value();
    }

    /** A list of records; throws {@link StateException} when it is missing or something else. */
    public List<StateRecord> records(String field) {
        return get(field, Records.class).value();
    }

    private <T extends Value> T get(String field, Class<T> kind) {
        return Optional.ofNullable(fields.get(field))
                .filter(kind::isInstance)
                .map(kind::cast)
                .orElseThrow(
                        () ->
                                new StateException(
                                        "state of '"
                                                + type
                                                + "' version "
                                                + version
                                                + " has no "
                                                + kind.getSimpleName()
                                                + " '"
                                                + field
                                                + "'"));
    }

    /** Collects the fields of a record. Not thread-safe. */
    public static final class Builder {
        private final String type;
        private final int version;
        private final Map<String, Value> fields = new LinkedHashMap<>();

        private Builder(String type, int version) {
            this.type = type;
            this.version = version;
        }

        /** Adds a number. */
        public Builder put(String field, long value) {
            return add(field, new Number(value));
        }

        /** Adds a flag as 0 or 1. */
        public Builder put(String field, boolean value) {
            return add(field, new Number(value ? 1 : 0));
        }

        /** Adds text. */
        public Builder put(String field, String value) {
            return add(field, new Text(value));
        }

        /** Adds bytes, copied. */
        public Builder put(String field, byte[] value) {
            return add(field, new Bytes(value.clone()));
        }

        /** Adds a record. */
        public Builder put(String field, StateRecord value) {
            return add(field, new Nested(value));
        }

        /** Adds records. */
        public Builder put(String field, List<StateRecord> value) {
            return add(field, new Records(value));
        }

        private Builder add(String field, Value value) {
            if (fields.put(field, value) != null) {
                throw new IllegalStateException("field " + field + " of " + type + " put twice");
            }
            return this;
        }

        /** The record. */
        public StateRecord build() {
            return new StateRecord(type, version, fields);
        }
    }
}
