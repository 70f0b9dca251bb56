/** The engine that runs guest instructions on Linux KVM. */
package org.interposer.engine.kvm;
