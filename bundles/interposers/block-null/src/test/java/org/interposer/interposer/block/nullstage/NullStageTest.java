package org.interposer.interposer.block.nullstage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.annotation.Annotation;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockInterposerContract;
import org.interposer.api.block.TestDisk;
import org.junit.jupiter.api.Test;

class NullStageTest extends BlockInterposerContract {
    @Override
    protected BlockBackend open(BlockBackend lower) {
        return provider("pass").open(lower);
    }

    @Test
    void showsTheGeometryOfWhatIsBelow() {
        TestDisk lower = new TestDisk(8, true);
        assertSame(lower.geometry(), open(lower).geometry());
    }

    @Test
    void hasTheIdOfItsConfiguration() {
        assertEquals("pass", provider("pass").id());
        assertThrows(IllegalArgumentException.class, () -> provider(""));
    }

    private static NullStageProvider provider(String id) {
        return new NullStageProvider(
                new NullStageProvider.Config() {
                    @Override
                    public Class<? extends Annotation> annotationType() {
                        return NullStageProvider.Config.class;
                    }

                    @Override
                    public String id() {
                        return id;
                    }
                });
    }
}
