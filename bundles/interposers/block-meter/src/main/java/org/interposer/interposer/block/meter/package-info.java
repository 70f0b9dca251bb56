/** The block interposer that counts requests, bytes and latencies. */
package org.interposer.interposer.block.meter;
