/**
 * A character back-end that people attach to.
 *
 * <pre>
 * front-end → write → OutputHistory (a ring) → Follower thread → attached terminal
 *                                            → Follower thread → log file
 * front-end ← InputQueue thread ← type ← attached terminal
 * </pre>
 *
 * <p>The guest only ever copies into the ring; a follower that is too slow skips ahead to the
 * oldest byte that is still there.
 */
package org.interposer.backend.character.console;
