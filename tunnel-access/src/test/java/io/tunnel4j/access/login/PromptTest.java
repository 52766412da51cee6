package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessVectors;
import io.tunnel4j.access.LoginPrompt;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptTest {
    private static final URI ADDRESS = URI.create("https://app.example.test/cdn-cgi/access/cli?a=1&b=2");

    private final StringBuilder out = new StringBuilder();

    private static LoginPrompt.Request request(URI address) {
        return new LoginPrompt.Request(URI.create("https://app.example.test"), address, () -> {});
    }

    @ParameterizedTest
    @CsvSource({"login-auto-close, true", "login-headless, false"})
    void show_browserStartedOrNot_textOfTheReference(String scenario, boolean starts) {
        JsonObject run = AccessVectors.object("transcripts/" + scenario + ".json")
                .getAsJsonArray("runs")
                .get(0)
                .getAsJsonObject();
        String recorded = run.get("stderr").getAsString();
        URI address = URI.create(recorded.split("\n")[2]);

        new BrowserPrompt(url -> starts, out).show(request(address));

        assertThat(recorded).startsWith(out.toString());
        assertThat(out.toString().lines()).hasSize(5);
    }

    @Test
    void console_anyRequest_writesAndOpensNothing() {
        LoginPrompt.console(out).show(request(ADDRESS));

        assertThat(out).contains("\n\n" + ADDRESS + "\n\n");
    }

    @Test
    void alreadyShown_anotherProcess_saysWhere() {
        LoginPrompt.console(out).alreadyShown(request(ADDRESS));

        assertThat(out).startsWith("Another process is already waiting").contains(ADDRESS.toString());
    }

    @Test
    void show_noBrowserAndNoOutput_saysWhatToDo() {
        assertThatThrownBy(() -> new BrowserPrompt(url -> false, null).show(request(ADDRESS)))
                .hasMessage(
                        "login to app.example.test: no browser could be started (expected: a desktop, or LoginPrompt.console,"
                                + " or a service token)")
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.LOGIN_DECLINED));
    }

    @Test
    void command_systems_theirOpeners() {
        assertThat(SystemBrowser.command("Linux", ADDRESS)).isEqualTo(List.of("xdg-open", ADDRESS.toString()));
        assertThat(SystemBrowser.command("FreeBSD", ADDRESS)).first().isEqualTo("xdg-open");
        assertThat(SystemBrowser.command("Mac OS X", ADDRESS)).isEqualTo(List.of("open", ADDRESS.toString()));
        assertThat(SystemBrowser.command("Windows 11", ADDRESS))
                .isEqualTo(List.of("cmd", "/c", "start", "\"\"", "\"" + ADDRESS + "\""));
    }

    @Test
    void request_toString_withoutTheAddress() {
        assertThat(request(ADDRESS)).hasToString("Request[application=app.example.test]");
    }
}
