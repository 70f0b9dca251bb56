/**
 * State records on streams and as text.
 *
 * <pre>
 * StateRecord → RecordWriter (CBOR) → payload ─→ Container: magic, format, length, CRC-32C, payload ─→ stream
 * StateRecord ← RecordReader (CBOR) ← payload ←─ Container: checked before anything is decoded      ←─ stream
 * </pre>
 *
 * <p>A record is the CBOR map {@code {type, version, fields}}, so that any CBOR tool can look into
 * it; numbers, text and byte strings are CBOR's own, a nested record is such a map again, a list of
 * records an array of them.
 */
package org.interposer.core.state;
