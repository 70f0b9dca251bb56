/** Tests of the differential test itself, and the sample of it that every build runs. */
package org.interposer.itests.differential;
