/** A block back-end that keeps its sectors in memory. */
package org.interposer.backend.block.memory;
