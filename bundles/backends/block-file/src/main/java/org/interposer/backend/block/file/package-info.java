/** A block back-end over a raw file or a block device. */
package org.interposer.backend.block.file;
