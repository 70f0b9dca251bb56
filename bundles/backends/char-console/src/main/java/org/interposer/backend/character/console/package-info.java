/** A character back-end that people attach to: history, live output, input, a log file. */
package org.interposer.backend.character.console;
