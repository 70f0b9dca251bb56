/**
 * A block back-end in the memory of the JVM.
 *
 * <pre>
 * configuration → MemoryBackendProvider (owns the content) → open() → MemoryBackend
 *                                                submit: guest memory ⇄ chunks of 256 KiB
 * </pre>
 *
 * <p>Chunks come into being with their first write and go with DISCARD. The content lives as long
 * as the provider: it outlasts a swap away and back, not an update of the bundle.
 */
package org.interposer.backend.block.memory;
