package org.interposer.engine.softcpu.cpu;

/** The decoded instructions of one page of guest-physical memory for one kind of code. */
public final class CodePage {
    final long address;
    final int kind;

    /** Host address of the page. */
    final long host;

    /** By offset; null where nothing has been decoded. */
    final Op[] ops = new Op[4096];

    CodePage(long address, int kind, long host) {
        this.address = address;
        this.kind = kind;
        this.host = host;
    }

    /**
     * What leads from an operation to the instruction at an offset, until {@link Op#relink} gets
     * that itself; to the next page from offset 4096 on.
     */
    public Op link(int off, Op from) {
        return off >= 4096 ? new CodeCache.PageEnd(off) : new CodeCache.Link(this, off, from);
    }
}
