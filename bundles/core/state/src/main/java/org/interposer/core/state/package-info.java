/** Versioned, self-describing state records and their encoding. */
package org.interposer.core.state;
