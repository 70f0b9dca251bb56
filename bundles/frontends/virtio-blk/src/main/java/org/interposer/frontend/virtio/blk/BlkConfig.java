package org.interposer.frontend.virtio.blk;

import org.interposer.api.block.PortPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of a virtio disk. */
@ObjectClassDefinition(
        name = "Interposer virtio-blk device",
        description = "A virtio disk of a machine, with the chain that does its work.")
@interface BlkConfig {
    @AttributeDefinition(description = "Name of the machine it belongs to.")
    String machine();

    @AttributeDefinition(description = "Its id, unique in the machine: disk0.")
    String id();

    @AttributeDefinition(
            description =
                    "Ids of the stages from the front-end down; the last is the back-end. A change"
                            + " is swapped in while the guest runs.")
    String[] chain();

    @AttributeDefinition(
            description =
                    "Set by commands that change the chain of the running port and then write it"
                            + " here: a 'chain' that comes with another stamp is in service"
                            + " already.",
            required = false)
    long chainStamp() default 0;

    @AttributeDefinition(
            description =
                    "Request queues, each with its own I/O thread; 0 for one a vCPU, at most 4 and"
                            + " not more than the host has processors.",
            min = "0",
            max = "64")
    int queues() default 0;

    @AttributeDefinition(
            description = "Descriptors of a queue, a power of two.",
            min = "4",
            max = "1024")
    int queueSize() default 256;

    @AttributeDefinition(
            description = "Serial number the guest reads, at most 20 characters; empty for the id.")
    String serial() default "";

    @AttributeDefinition(
            description =
                    "Longest time in milliseconds that requests wait for a stage that disappeared;"
                            + " 0 for ever.",
            min = "0")
    long holdLimitMs() default 0;

    @AttributeDefinition(description = "What happens to waiting requests after that time.")
    PortPolicy.AfterLimit afterLimit() default PortPolicy.AfterLimit.KEEP_HOLDING;

    @AttributeDefinition(
            description =
                    "Longest time in milliseconds that a swap, a pause or a reset waits for"
                            + " requests in flight.",
            min = "1")
    long drainLimitMs() default 30_000;

    @AttributeDefinition(
            description =
                    "Longest time in microseconds that an I/O thread looks at its ring before it"
                            + " sleeps; 0 sleeps at once.",
            min = "0",
            max = "1000000")
    long pollMicros() default 0;

    @AttributeDefinition(
            description = "PCI device number; -1 for the next free one.",
            min = "-1",
            max = "31")
    int pciSlot() default -1;
}
