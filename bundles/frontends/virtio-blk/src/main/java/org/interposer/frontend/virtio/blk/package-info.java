/** The virtio block device. */
package org.interposer.frontend.virtio.blk;
