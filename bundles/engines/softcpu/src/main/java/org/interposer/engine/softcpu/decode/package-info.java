/** From bytes to {@link org.interposer.engine.softcpu.decode.Insn}, for any tier. */
package org.interposer.engine.softcpu.decode;
