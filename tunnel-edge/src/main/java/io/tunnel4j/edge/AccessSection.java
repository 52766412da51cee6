package io.tunnel4j.edge;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads how people log in from a configuration file's {@code access} section. Pure but for the password's file. */
final class AccessSection {
    private static final Duration ONE_DAY = Duration.ofHours(24);
    private static final int MAX_PASSWORD_BYTES = 4096;

    private AccessSection() {}

    /** Names what is wrong with the section, without reading what it refers to. */
    static void check(YamlSection access) {
        settings(access, "team.example.com");
        mail(access.section("mail"), null);
    }

    static AccessSettings read(YamlSection access, String teamDomain, Path directory) {
        YamlSection section = access.section("mail");
        Path file = section.pathOrNull("password-file", directory);
        AccessSettings.Builder settings = settings(access, teamDomain);
        SmtpMailSender.Builder sender = mail(section, file == null ? null : password(file));
        if (sender != null) {
            try {
                settings.mail(sender.build());
            } catch (NoClassDefFoundError e) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        "access.mail: no mail library (expected: org.eclipse.angus:angus-mail on the class path)",
                        e);
            }
        }
        return settings.build();
    }

    private static AccessSettings.Builder settings(YamlSection access, String teamDomain) {
        AccessSettings.Builder settings = AccessSettings.builder(teamDomain);
        access.texts("team-domain-aliases").forEach(settings::teamDomainAlias);
        access.texts("transfer-hosts").forEach(settings::transferHost);
        Duration duration = access.duration("session-duration", ONE_DAY);
        try {
            return settings.sessionDuration(duration);
        } catch (IllegalArgumentException e) {
            throw access.wrong("session-duration", "15m to 744h");
        }
    }

    private static SmtpMailSender.@Nullable Builder mail(YamlSection section, @Nullable String password) {
        section.has("password-file");
        String server = section.textOrNull("server");
        String from = section.textOrNull("from");
        String user = section.textOrNull("user");
        String security = section.text("security", "starttls");
        section.refuseOthers();
        if (server == null) {
            if (from != null || user != null) {
                throw section.missing("server", "host:port");
            }
            return null;
        }
        int colon = server.lastIndexOf(':');
        if (colon < 1 || !server.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw section.wrong("server", "host:port");
        }
        if (from == null || from.indexOf('@') < 1) {
            throw section.missing("from", "an e-mail address");
        }
        SmtpMailSender.Builder sender =
                SmtpMailSender.builder(server.substring(0, colon), Integer.parseInt(server.substring(colon + 1)), from);
        try {
            sender.security(SmtpMailSender.Security.valueOf(security.toUpperCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
            throw section.wrong("security", "starttls, tls or none");
        }
        if (user != null && password != null) {
            sender.credentials(user, password);
        }
        return sender;
    }

    private static String password(Path file) {
        try {
            if (Files.size(file) > MAX_PASSWORD_BYTES) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        file + ": (expected: a password, at most " + MAX_PASSWORD_BYTES + " bytes)");
            }
            return Files.readString(file, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, file + ": cannot be read", e);
        }
    }
}
