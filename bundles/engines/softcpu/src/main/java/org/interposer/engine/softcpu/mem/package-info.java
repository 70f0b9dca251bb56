/** Guest RAM and translation tables by host address, and which pages hold decoded code. */
package org.interposer.engine.softcpu.mem;
