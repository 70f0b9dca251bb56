package org.interposer.engine.kvm;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.interposer.api.engine.EngineException;

/** An open {@code /dev/kvm} and what it can do. */
final class KvmSystem implements AutoCloseable {
    private static final String DEVICE = "/dev/kvm";

    private final Fd fd;
    private final Map<Capability, Integer> capabilities = new EnumMap<>(Capability.class);
    private final int runPageSize;

    /** Opens the device; the message of a failure says what to do. */
    KvmSystem() throws EngineException {
        this(DEVICE);
    }

    /** With another path, for tests. */
    KvmSystem(String device) throws EngineException {
        Libc.acquire();
        int number = Libc.open(device, Libc.O_RDWR | Libc.O_CLOEXEC);
        if (number < 0) {
            int errno = Libc.errno();
            Libc.release();
            throw new EngineException(openFailure(device, errno));
        }
        fd = new Fd(number, device);
        try {
            int version = fd.call("KVM_GET_API_VERSION", Kvm.KVM_GET_API_VERSION, 0);
            if (version != Kvm.API_VERSION) {
                throw new EngineException(
                        device + " speaks API " + version + ", wanted is " + Kvm.API_VERSION);
            }
            for (Capability capability : Capability.values()) {
                int value = fd.tryCall(Kvm.KVM_CHECK_EXTENSION, capability.number);
                capabilities.put(capability, Math.max(0, value));
            }
            runPageSize = fd.call("KVM_GET_VCPU_MMAP_SIZE", Kvm.KVM_GET_VCPU_MMAP_SIZE, 0);
            for (Capability capability : Capability.values()) {
                if (capability.required && !has(capability)) {
                    throw new EngineException(
                            "this host's KVM lacks KVM_CAP_%s (%s): use a newer kernel"
                                    .formatted(capability, capability.purpose));
                }
            }
        } catch (EngineException e) {
            close();
            throw e;
        }
    }

    private static String openFailure(String device, int errno) {
        return switch (errno) {
            case Libc.ENOENT ->
                    device
                            + " is missing: load the module kvm_intel or kvm_amd, or switch on"
                            + " virtualization in the firmware or the hypervisor above";
            case Libc.EACCES ->
                    device
                            + " may not be opened by this user: add the user to the group kvm and"
                            + " log in again";
            default -> "opening " + device + " failed: " + Libc.describe(errno);
        };
    }

    /** For system calls. */
    Fd fd() {
        return fd;
    }

    /** Whether it has the capability at all. */
    boolean has(Capability capability) {
        return value(capability) != 0;
    }

    /** What KVM_CHECK_EXTENSION answered; 0 without the capability. */
    int value(Capability capability) {
        return capabilities.getOrDefault(capability, 0);
    }

    /** Bytes of a vCPU's run area. */
    int runPageSize() {
        return runPageSize;
    }

    /** All capabilities for people. */
    Map<String, String> describe() {
        Map<String, String> all = new TreeMap<>();
        capabilities.forEach((c, value) -> all.put("KVM_CAP_" + c, value + " (" + c.purpose + ")"));
        return all;
    }

    /** Makes an empty VM. */
    Fd createVm() throws EngineException {
        return new Fd(fd.call("KVM_CREATE_VM", Kvm.KVM_CREATE_VM, 0), "the VM");
    }

    @Override
    public void close() {
        fd.close();
        Libc.release();
    }
}
