package org.interposer.api.engine;

/** Takes the events of a traced machine. */
public interface TraceSink {
    /**
     * Takes an event, on the thread of the vCPU it belongs to; several vCPUs call at once. It waits
     * for no vCPU and asks nothing of the machine.
     *
     * @return whether more is wanted; after false there may be one more call of each vCPU
     */
    boolean accept(TraceEvent event);

    /** The trace is over, also by the end of the machine's run; no event comes any more. */
    void ended();
}
