package org.interposer.api.block;

/** What a request asks for. */
public enum BlockOperation {
    /** Disk to memory. */
    READ,
    /** Memory to disk; durable after the next {@link #FLUSH}. */
    WRITE,
    /** All writes that completed before it was submitted become durable. */
    FLUSH,
    /** The sectors' content is no longer needed; they may read as anything until written. */
    DISCARD,
    /** The sectors read as zeroes afterwards. */
    WRITE_ZEROES
}
