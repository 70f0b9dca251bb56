package org.interposer.engine.kvm;

/** Before the controllers in user space are attached: refuses to run. */
final class NotAttachedFeed implements InterruptFeed {
    @Override
    public void beforeRun() {
        throw new IllegalStateException(
                "this machine's interrupt controllers are in user space: attach them before run()");
    }
}
