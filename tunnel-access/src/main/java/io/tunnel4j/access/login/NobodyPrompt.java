package io.tunnel4j.access.login;

import io.tunnel4j.access.LoginPrompt;

/** Stands for "there is nobody to ask"; the login ends before it would come to a prompt. */
public enum NobodyPrompt implements LoginPrompt {
    /** The only one. */
    INSTANCE;

    @Override
    public void show(Request request) {
        request.cancel();
    }
}
