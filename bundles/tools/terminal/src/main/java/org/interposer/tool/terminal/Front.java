package org.interposer.tool.terminal;

/** What serves the user: the interactive shell or a script. */
sealed interface Front extends AutoCloseable permits InteractiveShell, ScriptRunner {
    /**
     * Serves until the user leaves or the script ends.
     *
     * @return the exit status for the process
     * @throws Exception when the terminal or the script cannot be used at all
     */
    int run() throws Exception;

    /** Makes {@link #run()} return soon; any thread may call it. */
    @Override
    void close();
}
